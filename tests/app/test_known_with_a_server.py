"""A large model phrases what a niche may be: the report strikes what nothing supports, and counts what it recalls."""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anndata import AnnData

from tests import chat_server
from tests.chat_server import ChatServer

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")

FALSE_CLAIM = "Layer 1 looks like Beta cells."
FALSE_NUMBER = "GENE1 is enriched in Layer 1."
INVENTED = "Alpha cells fight <b>infections</b>."
UNKNOWN = "The genes of OMEGA_PROCESS are raised in Layer 1."
TRUE_CLAIM = "GENE0 is enriched in Layer 1."


class Served:
    """What the model says, and what it was asked.

    Attributes:
        statements: the sentences that it was told to phrase.
        said: its paragraph, as sentences.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.said: list[str] = []
        self.by_picture: list[str] = []
        self.by_both: list[str] = []
        self.by_name: list[str] = []

    def __call__(self, prompt: str, pictures: list[np.ndarray]) -> str:
        """Yes to markers by the picture alone, no by picture and name, yes to even genes by the name alone."""
        if "one paragraph" in prompt:
            return self._phrase(prompt)
        if not re.search(r"marker of|enriched", prompt):
            return "No."
        named = re.search(r"\bGENE(\d+)\b", prompt)
        is_blank = all((picture == 255).all() for picture in pictures)
        assert named or not is_blank
        (self.by_name if is_blank else self.by_both if named else self.by_picture).append(prompt)
        if named is None:
            return "Yes."
        return "Yes." if is_blank and int(named[1]) % 2 == 0 else "No."

    def _phrase(self, prompt: str) -> str:
        self.statements = [line.removeprefix("- ") for line in prompt.splitlines() if line.startswith("- ")]
        cited = next(words for words in self.statements if "encodes a kinase" in words)
        self.said = [*self.statements, FALSE_CLAIM, TRUE_CLAIM, INVENTED, FALSE_NUMBER, UNKNOWN]
        self.said.append(cited.replace("kinase", "phosphatase"))
        return " ".join(self.said)


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def server(served: Served) -> Iterator[ChatServer]:
    with chat_server.running() as found:
        found.answer = served
        yield found


@pytest.fixture
def described(
    server: ChatServer, toy_adata: AnnData, write_h5ad: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> list[object]:
    from data_prep.figures.contract import figure_contract

    folder = tmp_path_factory.mktemp("served")
    (folder / "figure_contract.json").write_text(json.dumps(figure_contract()))
    slide = [write_h5ad(toy_adata), "--niche-key", "region", "--niche", "Layer 1", "--top-genes", 12]
    return ["describe", *slide, "--endpoint", server.url, "--model", folder, "--served-name", "stub"]


@pytest.fixture
def report(
    run: Callable, described: list[object], knowledge_folder: Path, tmp_path: Path
) -> tuple[str, dict[str, Any]]:
    """The page, and what the JSON says the niche may be."""
    page, claims = tmp_path / "r.html", tmp_path / "r.json"
    ran = run(*described, "--knowledge", knowledge_folder, "--out", page, "--out", claims)
    assert ran.code == 0, ran.err
    (niche,) = json.loads(claims.read_text())["niches"]
    return page.read_text(), niche["may_be"]


def test_exactly_what_nothing_supports_is_struck(report: tuple[str, dict[str, Any]], served: Served) -> None:
    page, may_be = report
    assert "By marker lists, Layer 1 looks most like Alpha cells." in served.statements
    assert len(served.statements) >= 10
    phrased = may_be["phrased"]
    assert [one["text"] for one in phrased] == served.said
    false_function = served.said[-1]
    struck = {one["text"]: one["verdict"] for one in phrased if one["is_struck"]}
    assert struck == {
        FALSE_CLAIM: "contradicted",
        FALSE_NUMBER: "contradicted",
        INVENTED: "not supported",
        UNKNOWN: "not supported",
        false_function: "not supported",
    }
    assert all(one["note"] for one in phrased)
    may_be_part = page[page.index('<div class="may-be">') :]
    paragraph = may_be_part[: may_be_part.index("</blockquote>")]
    deleted = [html.unescape(words) for words in re.findall(r"<del>(.*?)</del>", paragraph)]
    assert deleted == list(struck)
    for words in served.statements:
        assert f'<span class="sentence">{html.escape(words)} <span class="badge">' in paragraph
    assert "<b>infections" not in page
    assert "The paragraph is the model's." in page


def test_recall_is_counted_beside_the_picture(report: tuple[str, dict[str, Any]], served: Served) -> None:
    page, may_be = report
    genes = [int(re.search(r"GENE(\d+)", prompt)[1]) for prompt in served.by_name]
    assert len(set(genes)) == len(genes) >= 10
    assert sorted(served.by_both) == sorted(served.by_name)
    assert all("Layer 1" in prompt for prompt in served.by_name)
    is_marker = [number % 4 == 0 for number in genes]
    n_recalled = sum((number % 2 == 0) == marker for number, marker in zip(genes, is_marker, strict=True))
    assert may_be["recalled"] == {
        "n_asked": len(genes),
        "by_picture": sum(is_marker),  # it sees every gene
        "by_both": len(genes) - sum(is_marker),  # and denies every named one
        "by_name": n_recalled,
    }
    assert 0 < sum(is_marker) < len(genes)
    assert n_recalled < len(genes)
    assert f"Of {len(genes)} marker questions the model answers {sum(is_marker)} as the counts do" in page
    assert f"and {n_recalled} by the names with a blank picture" in page


def test_what_the_model_sees_of_a_set_is_its_answer_about_the_map(report: tuple[str, dict[str, Any]]) -> None:
    page, may_be = report
    seen = {one["claim"]: one["model"] for one in may_be["seen"]}
    assert seen["The genes of ALPHA_PROCESS are raised in Layer 1."] == "The model sees it on its map"
    assert seen["By marker lists, Layer 1 looks most like Alpha cells."] == "The model does not see it on its map"
    assert "The model sees it on its map." in page


def test_a_silent_model_leaves_the_story_as_it_is(
    run: Callable, described: list[object], server: ChatServer, knowledge_folder: Path, tmp_path: Path
) -> None:
    server.answer = lambda prompt, pictures: "" if "one paragraph" in prompt else "No."
    out, page = tmp_path / "r.json", tmp_path / "r.html"
    ran = run(*described, "--knowledge", knowledge_folder, "--out", out, "--out", page)
    assert ran.code == 0, ran.err
    may_be = json.loads(out.read_text())["niches"][0]["may_be"]
    assert may_be["phrased"] == []
    assert may_be["looks_like"] == "Alpha cells"
    assert "<blockquote>" not in page.read_text().partition('<div class="may-be">')[2]
    assert "The paragraph is the model's." not in page.read_text()


def test_without_files_nothing_is_phrased_or_recalled(
    run: Callable, described: list[object], served: Served, tmp_path: Path
) -> None:
    assert run(*described, "--out", tmp_path / "r.json").code == 0
    assert served.by_picture
    assert (served.by_name, served.by_both, served.said) == ([], [], [])
