"""Every command that asks a model asks one of a server as well."""

import csv
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anndata import AnnData

from tests import chat_server
from tests.chat_server import ChatServer, status

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")

Write = Callable[..., Path]
SAID = "Yes. This gene is strongly enriched in the niche."


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server.running() as found:
        found.answer = lambda prompt, pictures: SAID
        found.gives_logprobs = True
        yield found


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What NicheLens needs of a served model."""
    from data_prep.figures.contract import figure_contract

    found = tmp_path_factory.mktemp("served")
    (found / "figure_contract.json").write_text(json.dumps(figure_contract()))
    return found


@pytest.fixture
def there(server: ChatServer, folder: Path) -> list[object]:
    return ["--endpoint", server.url, "--model", folder, "--served-name", "stub"]


@pytest.fixture
def ask(toy_adata: AnnData, write_h5ad: Write) -> list[object]:
    return ["ask", write_h5ad(toy_adata), "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1"]


def test_ask(run: Callable, ask: list[object], there: list[object]) -> None:
    (record,) = json.loads(run(*ask, *there, "--json").out)
    assert record["p_marker"] == pytest.approx(0.75)
    assert record["verdict"] == "yes"
    assert record["text"].startswith("GENE1 is enriched in Layer 2. ")
    assert record["ledger"][0]["verdict"] == "supported"
    assert record["ledger"][0]["p"] == pytest.approx(0.75)
    ran = run(*ask, *there)
    assert (ran.code, ran.err) == (0, [])
    assert "Yes, a marker (probability of yes 75%)" in ran.out


def test_where_a_server_gives_no_probability_none_is_shown(
    run: Callable, ask: list[object], there: list[object], server: ChatServer
) -> None:
    server.gives_logprobs = False
    ran = run(*ask, "--gene", "GENE2", *there, "--json")
    records = json.loads(ran.out)
    assert [(record["p_marker"], record["verdict"]) for record in records] == [(None, "yes")] * 2
    (warning,) = ran.err
    assert "gives no log probabilities" in warning
    ran = run(*ask, *there)
    assert "Yes, a marker (its server gives no probability)" in ran.out
    assert "%" not in ran.out.splitlines()[0]


def test_markers(run: Callable, ask: list[object], there: list[object], server: ChatServer, tmp_path: Path) -> None:
    ran = run("markers", ask[1], "--niche-key", "region", "--top-genes", 5, "--out", tmp_path / "m.csv", *there)
    assert ran.code == 0, ran.err
    with (tmp_path / "m.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(server.asked) == 5 * 4
    assert {(row["p_marker"], row["verdict"]) for row in rows} == {("0.75", "yes")}


def test_describe(run: Callable, ask: list[object], there: list[object], server: ChatServer, tmp_path: Path) -> None:
    described = ["describe", ask[1], "--niche-key", "region", "--top-genes", 8, "--out", tmp_path / "r.html", *there]
    assert run(*described).code == 0
    page = (tmp_path / "r.html").read_text()
    assert "are enriched in Layer 4" in page
    assert "a threshold for each kind of claim" in page
    server.gives_logprobs = False
    assert run(*described, "--overwrite").code == 0
    assert "its server gives no probabilities" in (tmp_path / "r.html").read_text()


def test_evaluate(
    run: Callable,
    toy: Callable[..., AnnData],
    write_h5ad: Write,
    there: list[object],
    server: ChatServer,
    tmp_path: Path,
) -> None:
    slides = write_h5ad(toy(donors=("D1", "D2"), side=12, n_genes=24))
    prep = [
        "prep",
        slides,
        "--niche-key",
        "region",
        "--out",
        tmp_path / "data",
        "--task",
        "enriched",
        "--task",
        "marker",
    ]
    assert run(*prep, "--test-donor", "D2").code == 0
    out = tmp_path / "scores.json"
    server.gives_logprobs = False
    suites = ["--suite", "claims", "--suite", "prose"]
    ran = run("evaluate", tmp_path / "data", "--limit", 4, *suites, "--out", out, *there)
    assert ran.code == 0
    assert len([line for line in ran.err if "gives no log probabilities" in line]) == 1
    scores = json.loads(out.read_text())
    assert scores["model"] == "stub"
    assert scores["kinds"]["enriched"]["auroc"]["model"]["value"] == 0.5  # always yes
    assert scores["left_out"]["likelihood of the right answers"] == "a server does not say it"
    assert "the server gives none" in scores["left_out"]["probabilities"]


def test_the_page_says_that_pictures_leave_the_machine(folder: Path, server: ChatServer) -> None:
    from app.web.appearance import footer
    from app.web.page import build_demo
    from inference.engine.load_engine import load_engine

    there = load_engine(folder, endpoint=server.url, served_name="stub")
    leaving = "Pictures drawn from them, and what tools return in a conversation, go to the server"
    assert leaving in json.dumps(build_demo(there).get_config_file(), default=str)
    assert leaving not in footer(by_server=False)


def test_a_server_that_fails_is_one_line_and_leaves_nothing(
    refused: Callable[..., str], ask: list[object], there: list[object], server: ChatServer, tmp_path: Path
) -> None:
    markers = ["markers", ask[1], "--niche-key", "region", "--gene", "GENE1", "--out", tmp_path / "m.csv"]
    server.models = ["other"]
    assert "no model 'stub'; it has 'other'" in refused(*markers, *there)
    server.models = None
    server.script.extend([status(400, "out of order")] * 40)
    assert "status 400 (out of order)" in refused(*markers, *there)
    server.key = "secret"
    assert "NICHELENS_API_KEY" in refused(*markers, *there)
    assert "no server there" in refused(*markers, "--model", "stub", "--endpoint", "http://127.0.0.1:9/v1")
    assert "--served-name" in refused(*markers, "--served-name", "stub")


def test_probabilities_are_calibrated(run: Callable, ask: list[object], there: list[object], folder: Path) -> None:
    from inference.model.calibration import Calibration, KindCalibration, save_calibration

    save_calibration(Calibration({"enriched": KindCalibration(2.0, -1.0)}), folder)
    (record,) = json.loads(run(*ask, *there, "--json").out)
    assert record["p_marker"] == pytest.approx(1 / (1 + math.exp(-(math.log(3) / 2 - 1))))
