// A table of genes that sorts on a click on a heading. Runs as the body of a function of (element, trigger, props, watch).
// The value is JSON: {columns: [{key, label, kind, title}], rows: [[...]], caption}. A click on a row is the event
// `select` with `gene`. Numbers are sorted as numbers, and shown so that none reads 0 or 1 that is not.

const PAGE = 100;
const table = element.querySelector("table");
const head = table.querySelector("thead");
const body = table.querySelector("tbody");
const filter = element.querySelector("input");
const more = element.querySelector(".more");
let data = { columns: [], rows: [] };
let sorted = { column: -1, up: true };
let shown = PAGE;

function percent(p) {
  if (p <= 0.005) return "<1%";
  return p >= 0.995 ? ">99%" : `${Math.round(p * 100)}%`;
}

function small(q) {
  if (q <= 1e-300) return "<1e-300"; // the marker rule gives no smaller number
  if (q > 0.99) return ">0.99";
  return q < 0.001 ? q.toExponential(0) : String(Number(q.toPrecision(2)));
}

const words = {
  probability: percent,
  share: (value) => (value === 0 ? "none" : value === 1 ? "all" : percent(value)),
  q: small,
  effect: ([value, error]) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2) +
    (error === null ? "" : ` ± ${error.toFixed(2)}`),
  number: (value) => (Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)))),
};
const isNumber = (kind) => kind in words;
const text = (kind, value) => (value === null ? "" : isNumber(kind) ? words[kind](value) : String(value));

function rows() {
  const wanted = filter.value.trim().toLowerCase();
  const kept = wanted ? data.rows.filter((row) => String(row[0]).toLowerCase().includes(wanted)) : [...data.rows];
  const { column, up } = sorted;
  if (column >= 0) {
    const sign = up ? 1 : -1;
    kept.sort((a, b) => {
      const [x, y] = [a[column], b[column]];
      if (x === null || y === null) return (x === null) - (y === null); // what is unknown stands last
      if (data.columns[column].kind === "effect") return sign * (x[0] - y[0]);
      if (isNumber(data.columns[column].kind)) return sign * (x - y);
      return sign * String(x).localeCompare(String(y), "en", { numeric: true });
    });
  }
  return kept;
}

function drawHead() {
  const row = document.createElement("tr");
  data.columns.forEach((column, i) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.className = `is-${column.kind}`;
    cell.setAttribute("aria-sort", sorted.column === i ? (sorted.up ? "ascending" : "descending") : "none");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.label;
    if (column.title) button.title = column.title;
    button.addEventListener("click", () => {
      const first = !isNumber(column.kind) || column.kind === "q"; // words and q start from the smallest
      sorted = { column: i, up: sorted.column === i ? !sorted.up : first };
      drawHead();
      drawBody();
      head.querySelectorAll("button")[i].focus();
    });
    cell.append(button);
    row.append(cell);
  });
  head.replaceChildren(row);
}

function drawBody() {
  const kept = rows();
  body.replaceChildren(...kept.slice(0, shown).map((values) => {
    const row = document.createElement("tr");
    data.columns.forEach((column, i) => {
      const cell = document.createElement(i ? "td" : "th");
      cell.className = `is-${column.kind}`;
      if (i) {
        const inner = document.createElement("span");
        inner.textContent = text(column.kind, values[i]);
        if (column.kind === "verdict" || column.kind === "agrees") inner.dataset.word = values[i];
        if (column.kind === "agrees") { // the mark is enough for the eye
          inner.textContent = values[i][0];
          inner.title = values[i].slice(2);
          const word = document.createElement("span");
          word.className = "sr-only";
          word.textContent = inner.title;
          inner.append(word);
        }
        cell.append(inner);
      } else {
        cell.scope = "row";
        const gene = document.createElement("button");
        gene.type = "button";
        gene.textContent = values[0];
        gene.title = `Show ${values[0]} on the map`;
        cell.append(gene);
      }
      row.append(cell);
    });
    row.addEventListener("click", () => {
      body.querySelectorAll("tr.is-shown").forEach((other) => other.classList.remove("is-shown"));
      row.classList.add("is-shown");
      trigger("select", { [data.picks ?? "gene"]: values[0] });
    });
    return row;
  }));
  more.hidden = kept.length <= shown;
  more.textContent = `Show ${Math.min(PAGE, kept.length - shown)} more of ${(kept.length - shown).toLocaleString("en")}`;
}

function receive() {
  try { data = JSON.parse(props.value || "{}"); } catch { return; }
  data.rows ??= [];
  data.columns ??= [];
  element.querySelector(".table-box").hidden = !data.columns.length;
  table.querySelector("caption").textContent = data.caption ?? "";
  filter.parentElement.hidden = data.rows.length < 12;
  filter.value = "";
  sorted = { column: -1, up: true };
  shown = PAGE;
  drawHead();
  drawBody();
}

filter.addEventListener("input", () => { shown = PAGE; drawBody(); });
more.addEventListener("click", () => { shown += PAGE; drawBody(); });
watch("value", receive);
receive();
