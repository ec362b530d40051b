"""The part of the page that opens slides: an upload, an example by name, a file on the server, the synthetic tissue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.web.sources import EXAMPLE, FILE, SYNTHETIC, Sources

if TYPE_CHECKING:
    import gradio as gr

FILE_TYPES = [".h5ad", ".zip"]
UPLOAD_NOTE = (
    "A file of AnnData (.h5ad), or a .zip of it, of a .zarr, or of an outs folder of Space Ranger or Xenium. Without "
    "labels, niches are found."
)


@dataclass(frozen=True)
class SourcePicker:
    """Its components.

    Attributes:
        upload: the button that uploads a file.
        opens: events with their input, and which source they open by its value.
    """

    upload: gr.UploadButton
    opens: list[tuple[Any, Any, Callable[[str], str]]]


def source_picker(sources: Sources) -> SourcePicker:
    """Builds the components."""
    import gradio as gr

    from app.web.appearance import note

    with gr.Accordion("Open another slide", open=False, elem_id="open-slide"), gr.Row(elem_classes="source-row"):
        with gr.Column(min_width=250):
            upload = gr.UploadButton("Upload a file", file_types=FILE_TYPES, elem_id="upload")
            gr.HTML(note(UPLOAD_NOTE), apply_default_css=False)
        with gr.Column(min_width=250):
            choices = [(label, name) for name, label in sources.example_labels().items()]
            example = gr.Dropdown(choices, label="Example", value=choices[0][1] if choices else None)
            fetch = gr.Button("Open the example", size="sm")
        with gr.Column(min_width=250):
            path = gr.Textbox(
                label="File on the server",
                placeholder="path below an allowed folder",
                visible=sources.folders is not None,
            )
            synthetic = gr.Button("Open the synthetic tissue", size="sm")
    return SourcePicker(
        upload,
        [
            (fetch.click, example, lambda name: f"{EXAMPLE}{name}"),
            (path.submit, path, lambda path: f"{FILE}{path.strip()}"),
            (synthetic.click, example, lambda _: SYNTHETIC),
        ],
    )
