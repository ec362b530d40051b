"""The map of the tissue, the page's centre: an interactive Plotly map in a component of Gradio.

The server sends messages (`message`); the browser draws them (`tissue_map.js`) and reports a chosen niche as the event
``select`` with ``niche`` in its data. plotly.min.js comes from the Python package plotly, never from another server.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.web.slide_cache import SlideCache
from data_prep.figures import palette

if TYPE_CHECKING:
    import gradio as gr

_HERE = Path(__file__).parent
RAMP_STEPS = 64
"""Colours from no expression to most: the eye tells no more apart."""
_SERIAL = count()
"""Numbers of messages, so that no two are equal: the browser looks only at new ones."""
TEMPLATE = """
<div class="map">
  <div class="map-bar">
    <div class="segments" role="group" aria-label="Colour the map by">
      <button type="button" data-mode="niche" aria-pressed="true">Niches</button>
      <button type="button" data-mode="gene" aria-pressed="false" disabled>Gene</button>
      <button type="button" data-mode="confidence" aria-pressed="false" hidden>Confidence</button>
    </div>
    <label class="map-opacity"><span>Opacity</span>
      <input type="range" min="10" max="100" value="100" aria-label="Opacity of the spots in percent"></label>
    <label class="map-image" hidden><input type="checkbox" checked> Histology</label>
    <div class="map-zoom" role="group" aria-label="Zoom">
      <button type="button" data-act="in" aria-label="Zoom in" title="Zoom in">+</button>
      <button type="button" data-act="out" aria-label="Zoom out" title="Zoom out">−</button>
      <button type="button" data-act="fit" title="Fit the labelled tissue">Fit</button>
      <button type="button" data-act="all" aria-pressed="false" title="Show all tissue" hidden>All tissue</button>
      <button type="button" data-act="png" title="Save the map as a picture">PNG</button>
    </div>
  </div>
  <div class="map-stage">
    <div class="map-plot" role="img" aria-label="Map of the tissue"></div>
    <div class="map-wait" role="status">Drawing the tissue…</div>
    <div class="map-scale" hidden><i></i><span></span></div>
    <div class="map-tip" hidden></div>
  </div>
  <div class="map-under">
    <div class="map-key" hidden><b></b><span class="key-row">0 <i></i> <span class="key-top"></span></span>
      <span class="key-unit"></span></div>
    <p class="map-note"></p>
  </div>
  <div class="map-legend" role="group" aria-label="Choose a niche"></div>
</div>
"""


def tissue_map() -> gr.HTML:
    """The component. Its event ``select`` reports a chosen niche."""
    import gradio as gr

    return gr.HTML(
        value="",
        html_template=TEMPLATE,
        elem_id="tissue-map",
        **map_settings("tissue_map.js"),
    )


def map_settings(script: str) -> dict[str, Any]:
    """Settings of a component that draws spots with Plotly: its script, the library, and the colours of expression.

    This server may send plotly.min.js from now on.

    Args:
        script: file beside this one. It runs after `map_shared.js`, which says what it finds.
    """
    import gradio as gr
    import plotly

    library = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    gr.set_static_paths(library)
    # Constants of the script: Gradio gives a component in a closed tab no other properties than its value.
    constants = {
        "plotlyAddress": f"/gradio_api/file={library}",
        "ramp": [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in palette.expression_table(RAMP_STEPS)],
    }
    parts = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    parts += [(_HERE / name).read_text(encoding="utf-8") for name in ("map_shared.js", script)]
    return {"js_on_load": "\n".join(parts), "apply_default_css": False}


def message(
    opened: SlideCache, slice_name: str, niche: str, gene: str, *, with_slide: bool, mode: str | None = None
) -> str:
    """A message to the browser: what to draw now.

    Args:
        opened: the opened slides.
        slice_name: the slice.
        niche: the chosen niche.
        gene: the gene whose values are sent; "" if the browser has them.
        with_slide: send the places of the spots, because the slice is new to the browser.
        mode: "niche", "gene" or "confidence", what the colours show from now on; None leaves that to the visitor.
    """
    parts: dict[str, Any] = {"serial": next(_SERIAL), "niche": niche}
    data = opened.map_data(slice_name)
    if with_slide:
        parts["slide"] = data.slide_message(opened.genes(slice_name))
    if gene:
        parts["gene"] = data.gene_message(gene)
    if mode:
        parts["mode"] = mode
    return json.dumps(parts, allow_nan=False)
