// What the map of the tissue and the maps of genes share. It runs before their own scripts, in the same function of
// (element, trigger, props, watch). map_settings() puts two constants before it: plotlyAddress, and ramp, the colours of
// the model's figures from none to most.

const find = (selector) => element.querySelector(selector);

function unpack(text, type) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new type(bytes.buffer);
}

function loadPlotly() {
  window.nicheLensPlotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve();
    const script = document.createElement("script");
    const root = (window.gradio_config?.root ?? "").replace(/\/$/, "");
    script.src = root + plotlyAddress;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return window.nicheLensPlotly;
}
