"""The address of the page holds the choice, so that reload, back and a shared link come back to it.

?slide=example:NAME&slice=S1&column=region&niche=WM&gene=MBP&tab=markers
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

_SERIAL = count()
_LONGEST = 500


@dataclass(frozen=True)
class Address:
    """What a link names; "" is left open.

    Attributes:
        slide: source of the slide, see `app.web.sources`.
        slice, column, niche, gene, tab: names.
    """

    slide: str = ""
    slice: str = ""
    column: str = ""
    niche: str = ""
    gene: str = ""
    tab: str = ""

    @classmethod
    def of(cls, query: Mapping[str, object]) -> Address:
        """The address in a query; other parameters do not count."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: str(query[name])[:_LONGEST] for name in names if query.get(name)})


def address_keeper() -> gr.HTML:
    """The component that keeps the browser's address. Its event ``select`` reports "back" as ``query``."""
    import gradio as gr

    return gr.HTML(
        value="",
        html_template="<span hidden></span>",
        js_on_load=Path(__file__).with_name("address.js").read_text(encoding="utf-8"),
        elem_id="address",
        visible="hidden",
    )


def address_message(address: Address, *, is_new_page: bool) -> str:
    """What the browser's address becomes.

    Args:
        address: the choice; its tab is left to the browser.
        is_new_page: True replaces the address, so that "back" leaves the page; False adds a step.
    """
    query = {name: value for name, value in asdict(address).items() if value and name != "tab"}
    return json.dumps({"serial": next(_SERIAL), "query": query, "replace": is_new_page})


def tab_script(name: str) -> str:
    """JavaScript that notes an opened tab in the address."""
    return f"() => {{ window.nicheLensTab?.({json.dumps(name)}); }}"
