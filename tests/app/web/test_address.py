"""The address of the page."""

import json

from app.web.address import Address, address_message


def test_an_address_takes_what_it_knows_and_nothing_else() -> None:
    query = {"slide": "example:x", "niche": "WM", "gene": "", "__theme": "dark", "tab": "markers"}
    assert Address.of(query) == Address(slide="example:x", niche="WM", tab="markers")
    assert len(Address.of({"gene": "A" * 10_000}).gene) <= 500


def test_the_tab_is_left_to_the_browser() -> None:
    message = json.loads(address_message(Address("given", niche="WM", tab="ask"), is_new_page=True))
    assert message["query"] == {"slide": "given", "niche": "WM"}
    assert message["replace"]
