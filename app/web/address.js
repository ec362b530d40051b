// Keeps the choice in the address of the page. Runs as the body of a function of (element, trigger, props, watch).
// A message is JSON: {serial, query, replace}. A step back or forth is the event `select` with `query`.

const NAMES = ["slide", "slice", "column", "niche", "gene", "tab"];
let serial = -1;

function go(query, replace) {
  const known = new URLSearchParams(location.search);
  for (const name of NAMES) {
    if (name === "tab" && query.tab === undefined) continue;
    query[name] ? known.set(name, query[name]) : known.delete(name);
  }
  const search = known.toString() ? `?${known}` : location.pathname;
  if (search === location.search) return;
  history[replace ? "replaceState" : "pushState"]({}, "", search);
}

function receive() {
  if (!props.value) return;
  const message = JSON.parse(props.value);
  if (message.serial === serial) return;
  serial = message.serial;
  go(message.query, message.replace);
}

window.nicheLensTab = (tab) => {
  const query = Object.fromEntries(new URLSearchParams(location.search));
  if (serial < 0 || (!query.tab && tab === "ask")) return; // the first tab opens by itself
  go({ ...query, tab }, false);
};
window.addEventListener("popstate", () => {
  trigger("select", { query: Object.fromEntries(new URLSearchParams(location.search)) });
});
watch("value", receive);
receive();
