// Genes side by side: small maps in one figure that zoom together, and their values by niche as dots or violins. Runs,
// after map_shared.js, as the body of a function of (element, trigger, props, watch). The places of the spots come from
// the map of the tissue (window.nicheLensSlide). Names reach Plotly escaped, because it reads some HTML.

const maps = find(".gene-maps");
const plot = find(".gene-plot");
const state = { data: null, kind: "dots" };
const MOST_IN_VIOLIN = 1500;
const colourScale = ramp.map((colour, step) => [step / (ramp.length - 1), colour]);
const ink = () => getComputedStyle(document.body).getPropertyValue("--body-text-color") || "#333";
const safe = (name) => name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const short = (name, most = 22) => safe(name.length > most ? `${name.slice(0, most - 1)}…` : name);

function receive() {
  if (!props.value) return;
  state.data = JSON.parse(props.value);
  for (const gene of state.data.genes) {
    gene.value = unpack(gene.value, Float32Array);
    gene.counts = unpack(gene.counts, Float32Array);
  }
  draw();
}

async function draw() {
  const slide = window.nicheLensSlide;
  if (!state.data || !slide) return window.setTimeout(draw, 300);
  if (!element.offsetWidth) return; // its tab is closed; it is drawn when the tab opens
  await loadPlotly();
  if (state.data.genes[0].value.length !== slide.x.length) return;
  drawMaps(slide);
  state.kind === "dots" ? drawDots() : drawViolins(slide);
  element.querySelectorAll("[data-plot]").forEach((button) =>
    button.setAttribute("aria-pressed", String(button.dataset.plot === state.kind)));
  element.dataset.genes = state.data.genes.map((gene) => gene.name).join(",");
}

const common = () => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
  font: { color: ink(), family: "system-ui, sans-serif", size: 12 },
});

function drawMaps(slide) {
  const { genes } = state.data;
  const columns = genes.length > 1 ? 2 : 1;
  const lines = Math.ceil(genes.length / columns);
  const [left, right, top, bottom] = slide.crop;
  const height = Math.min(560, (element.offsetWidth / columns) * ((bottom - top) / (right - left)) + 34);
  const layout = { ...common(), margin: { l: 0, r: 0, t: 0, b: 0 }, width: element.offsetWidth, height: lines * height, dragmode: false,
    annotations: [], hovermode: false };
  const scale = (element.offsetWidth / columns) / (right - left);
  const size = Math.max(1.6, slide.spot_size * Math.min(scale, height / (bottom - top)));
  const spots = [...slide.x.keys()].filter((i) => slide.niche[i] >= 0);
  const traces = genes.map((gene, i) => {
    const [column, line] = [i % columns, Math.floor(i / columns)];
    const suffix = i ? String(i + 1) : "";
    const [x0, x1] = [column / columns, (column + 1) / columns - 0.01];
    const [y0, y1] = [1 - (line + 1) / lines, 1 - line / lines - 30 / (lines * height)];
    layout[`xaxis${suffix}`] = { domain: [x0, x1], visible: false, range: [left, right], fixedrange: true, anchor: `y${suffix}` };
    layout[`yaxis${suffix}`] = { domain: [y0, y1], visible: false, range: [bottom, top], fixedrange: true,
      scaleanchor: `x${suffix}`, anchor: `x${suffix}` };
    const pooled = gene.pooled > 1 ? `, pooled over ${gene.pooled}` : "";
    layout.annotations.push({ text: `<b>${short(gene.name)}</b> 0 to ${gene.top}${pooled}`, showarrow: false, xref: "paper",
      yref: "paper", x: x0, y: y1, xanchor: "left", yanchor: "bottom", yshift: 4 });
    return { type: slide.webgl ? "scattergl" : "scatter", mode: "markers", hoverinfo: "skip",
      x: spots.map((spot) => slide.x[spot]), y: spots.map((spot) => slide.y[spot]),
      xaxis: `x${suffix}`, yaxis: `y${suffix}`,
      marker: { size, color: spots.map((spot) => gene.value[spot]), colorscale: colourScale, cmin: 0, cmax: gene.top || 1 } };
  });
  window.Plotly.react(maps, traces, layout, { displayModeBar: false, staticPlot: true });
  maps.setAttribute("aria-label", `Maps of ${genes.map((gene) => gene.name).join(", ")}`);
}

function drawDots() {
  const { genes, niches, depth } = state.data;
  const rows = [...niches].reverse();
  const traces = genes.map((gene, i) => {
    const most = Math.max(...niches.map((niche) => niche.mean[i])) || 1;
    return { type: "scatter", mode: "markers", x: rows.map(() => i), y: rows.map((_, at) => at),
      hovertemplate: rows.map((row) => `${short(gene.name)} in ${short(row.niche)}<br>${row.mean[i].toPrecision(3)} per spot, ` +
        `in ${(row.detected[i] * 100).toFixed(0)}% of the spots<extra></extra>`),
      marker: { size: rows.map((row) => 4 + 18 * Math.sqrt(row.detected[i])), color: rows.map((row) => row.mean[i] / most),
        colorscale: colourScale, cmin: 0, cmax: 1, opacity: 1, line: { width: 1, color: "#8a94a3" } } };
  });
  const layout = { ...common(), width: element.offsetWidth, height: 70 + 24 * rows.length, margin: { l: 10, r: 10, t: 8, b: 34 },
    xaxis: { tickvals: genes.map((_, i) => i), ticktext: genes.map((gene) => short(gene.name, 14)), showgrid: false,
      zeroline: false, fixedrange: true, range: [-0.6, genes.length - 0.4] },
    yaxis: { tickvals: rows.map((_, i) => i), ticktext: rows.map((row) => short(row.niche)), automargin: true,
      gridcolor: "rgba(128,128,128,.18)", zeroline: false, fixedrange: true } };
  window.Plotly.react(plot, traces, layout, { displayModeBar: false });
  find(".gene-plot-note").textContent = "Size: share of the spots with a count. Colour: mean counts per spot of " +
    `${depth.toLocaleString("en")} counts, from 0 to the gene's highest niche.`;
}

function drawViolins(slide) {
  const { genes, niches, depth } = state.data;
  const gene = genes[0];
  const traces = slide.order.map((code) => {
    let spots = [...slide.niche.keys()].filter((i) => slide.niche[i] === code);
    const every = Math.max(1, Math.ceil(spots.length / MOST_IN_VIOLIN));
    spots = spots.filter((_, i) => i % every === 0);
    return { type: "violin", name: short(slide.names[code], 14), x0: short(slide.names[code], 14), points: false,
      y: spots.map((i) => Math.log1p(gene.counts[i] / Math.max(slide.depth[i], 1) * depth)), spanmode: "hard",
      line: { color: slide.colours[code], width: 1.4 }, meanline: { visible: true }, hoverinfo: "skip" };
  });
  const layout = { ...common(), width: element.offsetWidth, height: 340, margin: { l: 50, r: 8, t: 8, b: 90 },
    xaxis: { fixedrange: true, tickangle: niches.length > 4 ? -40 : 0, automargin: true },
    yaxis: { fixedrange: true, title: { text: "log(1 + counts per spot)" }, gridcolor: "rgba(128,128,128,.18)", rangemode: "tozero" } };
  window.Plotly.react(plot, traces, layout, { displayModeBar: false });
  find(".gene-plot-note").textContent = `${gene.name}, not pooled, in counts per spot of ${depth.toLocaleString("en")} counts. ` +
    `A violin shows at most ${MOST_IN_VIOLIN.toLocaleString("en")} spots of a niche.`;
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-plot]");
  if (button) { state.kind = button.dataset.plot; draw(); }
});
let width = 0;
new ResizeObserver(() => {
  if (Math.abs(element.offsetWidth - width) > 2) { width = element.offsetWidth; draw(); }
}).observe(element);
new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
watch("value", receive);
receive();
