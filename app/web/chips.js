// A line of text with buttons, for example near names of a gene that the slide does not have. Runs as the body of a
// function of (element, trigger, props, watch). The value is JSON: {text, chips, bad}. A click is the event `select`
// with `text`.

const words = element.querySelector("span");
const row = element.querySelector("div.chip-row");

function show() {
  let value = {};
  try { value = JSON.parse(props.value || "{}"); } catch { /* nothing to show */ }
  words.textContent = value.text ?? "";
  words.className = value.bad ? "bad" : "";
  row.replaceChildren(...(value.chips ?? []).map((text) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    chip.textContent = text;
    chip.addEventListener("click", () => trigger("select", { text, gene: text }));
    return chip;
  }));
}

watch("value", show);
show();
