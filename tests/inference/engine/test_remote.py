"""A model of a server answers as one that is loaded here, and a server's failures become one line each."""

import hashlib
import json
import logging
import math
import time

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from inference.engine import endpoint
from inference.engine.confidence import NEVER
from inference.engine.endpoint import Endpoint
from inference.engine.engine import Engine
from inference.engine.load_engine import load_engine
from inference.engine.remote import CONCURRENCY, RemoteEngine
from inference.model.calibration import Calibration, KindCalibration, save_calibration
from inference.model.families import ANY_SIZE
from tests.chat_server import ChatServer, hang_up, hang_up_after, status

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")

TEXT = "Yes. This gene is strongly enriched in the niche. This gene is highest in the left of the tissue."


@pytest.fixture
def folder(tmp_path):
    """What NicheLens needs of a served model: its figure contract and its calibration."""
    (tmp_path / "figure_contract.json").write_text(json.dumps(figure_contract()))
    save_calibration(Calibration({"enriched": KindCalibration(2.0, 0.5)}), tmp_path)
    return tmp_path


@pytest.fixture
def asked(server, folder):
    return load_engine(folder, endpoint=server.url, served_name="stub")


def by_picture(prompt: str, pictures: list[np.ndarray]) -> str:
    return " ".join(hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures) + f" {prompt}"


def test_questions_arrive_as_they_are_and_answers_come_back_in_order(server, asked, questions):
    server.answer = by_picture
    expected = [by_picture(question.prompt, list(question.images)) for question in questions]
    seen = []
    assert asked.answer(questions, progress=lambda *counts: seen.append(counts)) == expected
    assert seen == [(i, 12) for i in range(1, 13)]
    body = server.asked[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("stub", 0, 160)
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "logprobs" not in body


def test_terms_come_from_the_models_folder(server, folder, caplog):
    engine = load_engine(folder, endpoint=f"{server.url}/v1/", served_name="stub")
    assert engine.contract_hash == figure_contract()["hash"]
    assert (engine.image_size, engine.calibration.of("enriched").temperature) == (128, 2.0)
    assert (engine.name, engine.load_base()) == ("stub", None)
    assert not caplog.records
    server.models = None
    nameless = load_engine(folder, endpoint=server.url)
    assert (nameless.name, nameless.server.model) == (folder.name, str(folder))
    unknown = load_engine("stub", endpoint=server.url)
    assert unknown.contract is None
    assert (unknown.image_size, unknown.calibration) == (ANY_SIZE, Calibration())
    assert "not calibrated" in caplog.text


def test_probability_is_that_of_the_first_token(server, asked, questions):
    server.gives_logprobs = True
    expected = 1 / (1 + np.exp(-(math.log(3) / 2 + 0.5)))
    assert asked.yes_probability(questions) == pytest.approx(np.full(12, expected))
    assert asked.gives_probability
    assert server.asked[0]["max_tokens"] <= 4

    server.first_words = {"No": math.log(0.9), "Maybe": math.log(0.01)}
    assert asked.yes_logit(questions[:1])[0] == pytest.approx(math.log(0.01 / 0.9))  # at most as likely as "Maybe"
    server.first_words = {"Yes": math.log(0.9), "Maybe": math.log(0.01)}
    assert asked.yes_logit(questions[:1])[0] == pytest.approx(math.log(0.9 / 0.01))
    server.first_words = {" yes": math.log(0.5), "YES": math.log(0.1), "no": math.log(0.25)}
    assert asked.yes_logit(questions[:1])[0] == pytest.approx(math.log(2))
    server.first_words = {"The": -0.1, "A": -2.0}
    assert asked.yes_probability(questions[:1])[0] == pytest.approx(0.5)


def test_without_log_probabilities_the_first_word_decides_and_that_is_said_once(server, asked, questions, caplog):
    said = iter(["Yes. It is.", "No.", "Perhaps.", " yes, it is"])
    server.answer = lambda *_: next(said)
    assert asked.yes_probability(questions[:4], batch_size=1).tolist() == [1, 0, 0.5, 1]
    assert not asked.gives_probability
    said = iter(["No. It is not."])
    asked.yes_probability(questions[:1])
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "first word" in record.getMessage()


def test_streaming_equals_the_whole_answer(server, asked, questions):
    server.answer = lambda *_: TEXT
    parts = list(asked.stream(questions[0]))
    assert len(parts) == len(TEXT.split())
    assert all(TEXT.startswith(part) for part in parts)
    assert [parts[-1]] == asked.answer(questions[:1])


@pytest.mark.parametrize("gives", [True, False])
def test_what_the_model_is_unsure_of_is_left_out(server, folder, questions, gives, caplog):
    confidence = {"enriched": 0.75 * 0.5**9, "highest": 0.9}
    save_calibration(Calibration(least_confidence=confidence), folder)
    engine = load_engine(folder, endpoint=server.url, served_name="stub")
    server.answer, server.gives_logprobs = lambda *_: TEXT, gives
    (sentences,) = engine.sentences(questions[:1])
    assert [s.words for s in sentences] == [f"{words}." for words in TEXT[:-1].split(". ")]
    assert sentences[1].confidence == pytest.approx(0.5**8 if gives else 1)
    expected = TEXT[: TEXT.index(" This gene is highest")] if gives else TEXT
    assert engine.answer(questions[:1]) == [expected]
    assert list(engine.stream(questions[0]))[-1] == expected
    assert ("however unsure" in caplog.text) is not gives


def test_what_is_never_right_is_left_out_even_without_log_probabilities(server, folder, questions):
    save_calibration(Calibration(least_confidence={"enriched": NEVER}), folder)
    engine = load_engine(folder, endpoint=server.url, served_name="stub")
    server.answer = lambda *_: TEXT
    assert engine.answer(questions[:1]) == ["Yes. This gene is highest in the left of the tissue."]


def test_never_more_questions_on_their_way_than_allowed(server, asked, questions):
    server.seconds = 0.05
    asked.answer(questions, batch_size=3)
    assert server.most_at_once == 3
    asked.answer([*questions] * 4)
    assert 3 < server.most_at_once <= CONCURRENCY


def test_retry_after_is_kept_to(server, asked, questions):
    server.script.append(status(429, retry_after="1"))
    started = time.monotonic()
    assert asked.answer(questions[:1]) == ["Yes. It is."]
    assert 1 <= time.monotonic() - started < 3
    assert len(server.asked) == 2


@pytest.mark.parametrize("act", [status(500), status(503), hang_up], ids=["500", "503", "hung up"])
def test_what_passes_is_tried_again(server, asked, questions, act):
    server.script.append(act)
    server.answer = by_picture
    assert asked.answer(questions[:2]) == [by_picture(q.prompt, list(q.images)) for q in questions[:2]]
    assert len(server.asked) == 3


@pytest.mark.parametrize("politely", [True, False])
def test_a_stream_that_is_cut_off_ends_with_the_whole_answer(server, asked, questions, politely):
    server.script.append(hang_up_after("Yes. This", politely=politely))
    server.answer = lambda *_: TEXT
    assert list(asked.stream(questions[0])) == ["Yes. This", TEXT]


def test_tries_are_bounded_and_nothing_more_is_asked_after_an_error(server, asked, questions, monkeypatch):
    server.script.extend([status(400, "no")] * 200)
    with pytest.raises(NicheLensError, match="status 400"):
        asked.answer([*questions] * 10, batch_size=2)
    assert len(server.asked) < 10
    server.script.clear()
    server.asked.clear()
    server.script.extend([status(503)] * 20)
    patient = Endpoint(server.url, "stub", retries=1)
    with pytest.raises(NicheLensError, match="status 503"):
        patient.ask(questions[0], 4)
    assert len(server.asked) == 2


def test_a_model_that_the_server_lacks(server, folder, questions):
    server.models = ["stub", "org/other"]
    engine = load_engine(folder, endpoint=server.url, served_name="nosuch")
    with pytest.raises(NicheLensError, match="no model 'nosuch'; it has 'stub', 'org/other'"):
        engine.answer(questions[:1])
    with pytest.raises(NicheLensError, match="--model; it has 'stub', 'org/other'"):
        load_engine(endpoint=server.url)
    server.models = None
    with pytest.raises(NicheLensError, match=r"--model$"):
        load_engine(endpoint=server.url)


def test_the_key_comes_from_the_environment(server, folder, monkeypatch):
    def load() -> Engine:
        return load_engine(folder, endpoint=server.url, served_name="stub")

    for name in endpoint.KEY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    server.key = "secret"
    with pytest.raises(NicheLensError, match="set NICHELENS_API_KEY in the environment"):
        load()
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    load()
    monkeypatch.setenv("NICHELENS_API_KEY", "other")
    with pytest.raises(NicheLensError, match="API key") as caught:
        load()
    assert "other" not in str(caught.value)
    assert server.keys == {"none", "secret", "other"}


def test_no_server_there(server, folder):
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(NicheLensError, match="no server there"):
        load_engine(folder, endpoint=url, served_name="stub")


def test_damaged_folders_and_names_without_a_server_are_refused(server, folder):
    with pytest.raises(NicheLensError, match="--endpoint"):
        load_engine(folder, served_name="stub")
    with pytest.raises(NicheLensError, match="no such folder"):
        load_engine("nowhere", endpoint=server.url, served_name="stub")
    (folder / "figure_contract.json").write_text(json.dumps({"size": 128, "hash": "0000"}))
    with pytest.raises(NicheLensError, match="trained on figures of contract 0000"):
        load_engine(folder, endpoint=server.url)


def test_a_server_scores_no_given_answers(asked, questions):
    assert isinstance(asked, RemoteEngine)
    assert not asked.gives_likelihood
    with pytest.raises(NicheLensError, match="load the model here"):
        asked.log_likelihood(questions[0], ["Yes."])


def test_leaving_a_stream_early_hangs_up(server: ChatServer, asked, questions):
    server.answer = lambda *_: "word " * 20_000
    stream = asked.stream(questions[0], max_new_tokens=20_000)
    next(stream)
    started = time.monotonic()
    stream.close()
    assert time.monotonic() - started < 2
