// The map of the tissue. Gradio runs this, after map_shared.js, as the body of a function of (element, trigger, props,
// watch); see gr.HTML.
// The server sends messages as JSON in props.value. Each has a serial number and the choice (niche, gene name); a new
// slice comes with `slide`, a new gene with `gene`. Names from files reach the page through textContent only.

const plot = find(".map-plot");
const tip = find(".map-tip");
const state = { slide: null, gene: null, niche: "", mode: "niche", opacity: 1, image: true, view: "crop", serial: -1 };
let drawing = Promise.resolve();

const MOST_SVG = 20000;

const isDark = () => document.body.classList.contains("dark");
const isCoarse = () => window.matchMedia("(pointer: coarse)").matches;
const hasWebgl = (() => {
  try { return Boolean(document.createElement("canvas").getContext("webgl")); } catch { return false; }
})();

function readable(value) {
  if (value === 0) return "0";
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(2)));
}

// --- messages

function receive() {
  let message;
  try { message = JSON.parse(props.value || "{}"); } catch { return; }
  if (message.serial === undefined || message.serial === state.serial) return;
  state.serial = message.serial;
  if (message.slide) {
    const slide = message.slide;
    for (const [name, type] of [["x", Float32Array], ["y", Float32Array], ["niche", Int16Array],
      ["depth", Float32Array], ["spot", Uint32Array]]) slide[name] = unpack(slide[name], type);
    slide.confidence = slide.confidence && unpack(slide.confidence, Uint8Array);
    slide.drawn = drawnSpots(slide);
    slide.webgl = hasWebgl;
    state.slide = window.nicheLensSlide = slide;
    window.nicheLensGenes = slide.genes.split("\n");
    state.gene = null;
    state.view = "crop";
    state.mode = message.mode ?? "niche";
    element.dataset.slide = String(message.serial);
    drawLegend();
    find(".map-wait").hidden = false; // the old picture never stands under the new slide's name
  }
  if (message.gene) {
    message.gene.counts = unpack(message.gene.counts, Float32Array);
    message.gene.value = unpack(message.gene.value, Float32Array);
    state.gene = message.gene;
  }
  if (message.niche !== undefined) state.niche = message.niche;
  if (message.mode) state.mode = message.mode;
  draw(Boolean(message.slide));
}

// Without WebGL a browser draws every spot as an element of the page: 20,000 are as many as it can move.
function drawnSpots(slide) {
  const n = slide.x.length;
  if (hasWebgl || n <= MOST_SVG) return null;
  const every = n / MOST_SVG;
  slide.note = `${MOST_SVG.toLocaleString("en")} of ${slide.n.toLocaleString("en")} spots are drawn, because this ` +
    "browser has no WebGL. All of them are measured.";
  return Uint32Array.from({ length: MOST_SVG }, (_, i) => Math.floor(i * every));
}

// --- drawing

const bySureness = () => state.mode === "confidence" && Boolean(state.slide.confidence);

function colours() {
  const { slide, gene } = state;
  const grey = slide.grey[isDark() ? "dark" : "light"];
  if (state.mode === "gene" && gene) {
    const top = gene.top || 1;
    return (i) => (slide.niche[i] < 0) ? grey : ramp[Math.max(0, Math.min(ramp.length - 1, Math.round((gene.value[i] / top) * (ramp.length - 1))))];
  }
  if (bySureness()) {
    return (i) => (slide.niche[i] < 0) ? grey : ramp[Math.round((slide.confidence[i] / 255) * (ramp.length - 1))];
  }
  return (i) => (slide.niche[i] < 0 ? grey : slide.colours[slide.niche[i]]);
}

function traces() {
  const { slide } = state;
  const all = slide.drawn ?? Array.from({ length: slide.x.length }, (_, i) => i);
  const code = slide.names.indexOf(state.niche);
  const rest = [], chosen = [], bare = [];
  for (const i of all) (slide.niche[i] === code && code >= 0 ? chosen : slide.niche[i] < 0 ? bare : rest).push(i);
  const paint = colours();
  const byGene = state.mode === "gene" && state.gene;
  const trace = (spots, opacity, line) => ({
    type: hasWebgl ? "scattergl" : "scatter",
    mode: "markers",
    x: spots.map((i) => slide.x[i]),
    y: spots.map((i) => slide.y[i]),
    customdata: spots,
    marker: { color: spots.map(paint), size: 4, opacity: 1, line },
    opacity: opacity * state.opacity,
    hoverinfo: "none",
    showlegend: false,
  });
  const ink = isDark() ? "rgba(248,250,252,.85)" : "rgba(15,23,42,.8)";
  return [
    trace(bare, 0.9, { width: 0 }),
    trace(rest, byGene || bySureness() || code < 0 ? 1 : 0.62, { width: 0 }),
    trace(chosen, 1, { width: 1, color: ink }),
  ];
}

function layout(fit) {
  const { slide } = state;
  const [left, right, top, bottom] = state.view === "full" ? slide.full : slide.crop;
  const axis = { visible: false, showgrid: false, zeroline: false, fixedrange: false };
  const layout = {
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    dragmode: isCoarse() ? false : "pan",
    hovermode: "closest",
    hoverdistance: 12,
    showlegend: false,
    xaxis: { ...axis },
    yaxis: { ...axis, scaleanchor: "x", scaleratio: 1 },
    images: [],
  };
  const known = plot._fullLayout;
  layout.xaxis.range = !fit && known ? [...known.xaxis.range] : [left, right];
  layout.yaxis.range = !fit && known ? [...known.yaxis.range] : [bottom, top];
  if (slide.image && state.image) {
    layout.images.push({
      source: slide.image.source, xref: "x", yref: "y", x: 0, y: 0, xanchor: "left", yanchor: "top",
      sizex: slide.image.width, sizey: slide.image.height, sizing: "stretch", layer: "below",
    });
  }
  return layout;
}

function draw(fit = false) {
  drawing = drawing.then(() => paintNow(fit)).catch((error) => {
    find(".map-wait").textContent = "The map could not be drawn: " + error;
    find(".map-wait").hidden = false;
  });
}

async function paintNow(fit) {
  await loadPlotly();
  if (!state.slide) return;
  if (!plot.offsetWidth) return window.setTimeout(() => draw(fit), 200); // not laid out yet
  await window.Plotly.react(plot, traces(), layout(fit), {
    displayModeBar: false, scrollZoom: !isCoarse(), doubleClick: false, responsive: true,
  });
  if (!plot.dataset.listens) listen();
  find(".map-wait").hidden = true;
  resize();
  showControls();
  element.dataset.drawn = JSON.stringify([state.serial, state.niche, state.gene?.name ?? "", state.mode]);
}

function pixelsPerUnit() {
  const { xaxis } = plot._fullLayout;
  return xaxis._length / Math.abs(xaxis.range[1] - xaxis.range[0]);
}

// Spots keep their size on the tissue, so that they stay spots at every zoom.
function resize() {
  const size = Math.max(2.2, Math.min(40, state.slide.spot_size * pixelsPerUnit()));
  if (Math.abs((plot._size ?? 0) - size) > 0.05 || plot._serial !== plot.data) {
    plot._size = size;
    plot._serial = plot.data;
    window.Plotly.restyle(plot, {
      "marker.size": size, "marker.line.width": [0, 0, Math.min(1.3, size / 9)],
    });
  }
  drawScale();
}

function drawScale() {
  const box = find(".map-scale");
  const { microns } = state.slide;
  box.hidden = !microns;
  if (!microns) return;
  const perMicron = pixelsPerUnit() / microns;
  const wanted = 110 / perMicron;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const length = [5, 2, 1].map((step) => step * power).find((value) => value <= wanted) ?? power;
  box.querySelector("i").style.width = `${length * perMicron}px`;
  box.querySelector("span").textContent = length >= 1000 ? `${length / 1000} mm` : `${length} µm`;
}

function listen() {
  plot.dataset.listens = "1";
  plot.on("plotly_click", (event) => {
    const code = state.slide.niche[event.points[0].customdata];
    if (code >= 0) choose(state.slide.names[code]);
  });
  plot.on("plotly_hover", (event) => showTip(event));
  plot.on("plotly_unhover", () => { tip.hidden = true; });
  plot.on("plotly_relayout", () => { tip.hidden = true; resize(); });
  plot.on("plotly_doubleclick", () => zoomTo("crop"));
}

function showTip(event) {
  const i = event.points[0].customdata;
  const { slide, gene } = state;
  const code = slide.niche[i];
  const lines = [`spot ${slide.spot[i].toLocaleString("en")}, ${Math.round(slide.depth[i]).toLocaleString("en")} counts`];
  if (gene) {
    lines.push(`${gene.name}: ${readable(gene.counts[i])} ${gene.counts[i] === 1 ? "count" : "counts"}`);
    if (gene.pooled > 1) lines.push(`${readable(gene.value[i])} per spot, pooled over ${gene.pooled}`);
  }
  if (slide.confidence) lines.push(`confidence ${(slide.confidence[i] / 255).toFixed(2)}`);
  const head = document.createElement("b");
  head.textContent = code < 0 ? "no niche" : shortened(slide.names[code]);
  tip.replaceChildren(head, ...lines.map((line) => {
    const row = document.createElement("div");
    row.textContent = line;
    return row;
  }));
  tip.hidden = false;
  const stage = find(".map-stage").getBoundingClientRect();
  const x = event.event.clientX - stage.left, y = event.event.clientY - stage.top;
  tip.style.left = `${Math.max(4, Math.min(x + 14, stage.width - tip.offsetWidth - 4))}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > stage.height ? y - tip.offsetHeight - 10 : y + 18}px`;
}

const shortened = (name) => (name.length > 60 ? `${name.slice(0, 57)}…` : name);

// --- choosing

function choose(niche) {
  if (niche === state.niche) return;
  state.niche = niche;
  draw();
  trigger("select", { niche });
}

function drawLegend() {
  const { slide } = state;
  const legend = find(".map-legend");
  legend.replaceChildren(...slide.order.map((code) => {
    const button = document.createElement("button");
    button.type = "button";
    const swatch = document.createElement("i");
    swatch.style.background = slide.colours[code];
    const name = document.createElement("span");
    name.textContent = slide.names[code];
    const size = document.createElement("small");
    size.textContent = slide.sizes[code].toLocaleString("en");
    size.setAttribute("aria-label", `${slide.sizes[code].toLocaleString("en")} spots`);
    button.title = slide.names[code];
    button.dataset.niche = slide.names[code];
    button.append(swatch, name, size);
    button.addEventListener("click", () => choose(slide.names[code]));
    return button;
  }));
  if (slide.unlabelled) {
    const none = document.createElement("div");
    none.className = "map-none";
    const swatch = document.createElement("i");
    swatch.className = "map-grey";
    none.append(swatch, `no niche, ${slide.unlabelled.toLocaleString("en")}`);
    legend.append(none);
  }
}

function showControls() {
  const { slide, gene } = state;
  const byGene = state.mode === "gene" && gene;
  const mode = byGene ? "gene" : bySureness() ? "confidence" : "niche";
  element.querySelectorAll("[data-mode]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    if (button.dataset.mode === "confidence") button.hidden = !slide.confidence;
    if (button.dataset.mode === "gene") {
      button.disabled = !gene;
      button.textContent = gene ? shortened(gene.name) : "Gene";
    }
  });
  element.querySelectorAll(".map-legend button").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.niche === state.niche));
  });
  const cropped = slide.crop.some((value, i) => Math.abs(value - slide.full[i]) > slide.spacing);
  find('[data-act="all"]').hidden = !cropped;
  find('[data-act="all"]').setAttribute("aria-pressed", String(state.view === "full"));
  find(".map-image").hidden = !slide.image;
  find(".map-key").hidden = mode === "niche";
  if (mode === "confidence") {
    find(".map-key b").textContent = "Confidence";
    find(".map-key .key-unit").textContent = "share of the partitions that agree on the niche";
    find(".map-key .key-top").textContent = "1";
  }
  if (byGene) {
    find(".map-key b").textContent = gene.name;
    find(".map-key .key-unit").textContent = gene.pooled > 1
      ? `counts per spot of ${gene.depth.toLocaleString("en")} counts, pooled over ${gene.pooled} spots`
      : `counts per spot of ${gene.depth.toLocaleString("en")} counts`;
    find(".map-key .key-top").textContent = gene.top ? `≥ ${readable(gene.top)}` : "no counts";
  }
  find(".map-note").textContent = slide.note;
  plot.setAttribute("aria-label", `Map of ${slide.n.toLocaleString("en")} spots in ${slide.names.length} niches, ` +
    `coloured by ${byGene ? gene.name : mode}` + (state.niche ? `; ${state.niche} is chosen` : ""));
}

function zoomTo(view) {
  state.view = view;
  draw(true);
}

function zoom(factor) {
  const update = {};
  for (const name of ["xaxis", "yaxis"]) {
    const [a, b] = plot._fullLayout[name].range;
    const middle = (a + b) / 2;
    update[`${name}.range`] = [middle + (a - middle) * factor, middle + (b - middle) * factor];
  }
  window.Plotly.relayout(plot, update);
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || !state.slide) return;
  if (button.dataset.mode) { state.mode = button.dataset.mode; draw(); }
  const act = { in: () => zoom(0.7), out: () => zoom(1 / 0.7), fit: () => zoomTo("crop"), all: () => zoomTo("full") };
  act[button.dataset.act]?.();
  if (button.dataset.act === "png") savePicture();
});
find(".map-opacity input").addEventListener("input", (event) => {
  state.opacity = Number(event.target.value) / 100;
  draw();
});
find(".map-image input").addEventListener("change", (event) => { state.image = event.target.checked; draw(); });

async function savePicture() {
  const name = [document.querySelector("#slide-name")?.textContent, state.niche,
    state.mode === "gene" ? state.gene?.name : bySureness() && "confidence"]
    .filter(Boolean).join(" ").replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 120);
  await window.Plotly.downloadImage(plot, {
    format: "png", width: plot.offsetWidth, height: plot.offsetHeight, scale: 3, filename: name || "tissue",
  });
}

// --- surroundings

new MutationObserver(() => state.slide && draw()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
new ResizeObserver(() => {
  if (state.slide && plot._fullLayout && plot.offsetWidth) window.Plotly.Plots.resize(plot).then(resize);
}).observe(find(".map-stage"));
find(".key-row i").style.background = `linear-gradient(90deg, ${ramp.join(", ")})`;
watch("value", receive);
receive();
