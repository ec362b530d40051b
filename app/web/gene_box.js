// A list of genes to search in while typing. Runs as the body of a function of (element, trigger, props, watch).
// The names come with the slide (window.nicheLensGenes, the most variable first). A choice is the event `select` with
// `gene`; the server decides whether the slide has it, and sets the value.

const input = element.querySelector("input");
const list = element.querySelector("ul");
const SHOWN = 40;
let options = [];
let active = -1;

const genes = () => window.nicheLensGenes ?? [];

function matches(text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted || wanted === (props.value ?? "").toLowerCase()) return genes().slice(0, SHOWN);
  const exact = [], starts = [], holds = [];
  for (const gene of genes()) {
    const name = gene.toLowerCase();
    const at = name.indexOf(wanted);
    if (name === wanted) exact.push(gene);
    else if (at === 0) starts.push(gene);
    else if (at > 0) holds.push(gene);
  }
  return [...exact, ...starts, ...holds].slice(0, SHOWN + 1);
}

function open() {
  const found = matches(input.value);
  options = found.slice(0, SHOWN);
  list.replaceChildren(...options.map((gene, i) => {
    const option = document.createElement("li");
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.id = `${list.id}-${i}`;
    option.textContent = gene;
    option.addEventListener("mousedown", (event) => { event.preventDefault(); pick(gene); });
    return option;
  }));
  if (found.length > SHOWN || !options.length) {
    const more = document.createElement("li");
    more.className = "more";
    more.setAttribute("role", "option");
    more.setAttribute("aria-disabled", "true");
    more.setAttribute("aria-selected", "false");
    more.textContent = options.length ? "Type more letters to see the others." : "No gene of this slide has these letters.";
    list.append(more);
  }
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  activate(-1);
}

function close() {
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function activate(i) {
  active = i;
  [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === i)));
  if (i < 0) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", list.children[i].id);
  list.children[i].scrollIntoView({ block: "nearest" });
}

function pick(gene) {
  close();
  if (!gene.trim()) return show();
  input.value = props.empties ? "" : gene;
  trigger("select", { gene: gene.trim() });
}

function show() {
  if (props.empties) input.value = "";
  else input.value = props.value ?? "";
}

input.addEventListener("focus", () => { input.select(); });
input.addEventListener("click", open);
input.addEventListener("input", open);
input.addEventListener("blur", () => { close(); show(); });
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) open();
    const step = event.key === "ArrowDown" ? 1 : -1;
    if (options.length) activate((active + step + options.length) % options.length);
  } else if (event.key === "Enter") {
    event.preventDefault();
    pick(active >= 0 ? options[active] : input.value);
  } else if (event.key === "Escape") {
    close();
    show();
  }
});
watch("value", show);
show();
