"""The ways to ask a model in this process agree with each other."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch

from data_prep.tasks import NAMED_MARKER_PROMPT, describe_question
from inference.engine.local import GPU_SCORE_BATCH, SCORE_BATCH, SMALL_MODEL, choose_score_batch


def test_probability_does_not_depend_on_the_batch(engine, questions, facts):
    named = [
        dataclasses.replace(q, prompt=NAMED_MARKER_PROMPT.format(gene=q.specs[0].genes[0], niche="N" * i))
        for i, q in enumerate(questions)
    ]
    mixed = [*questions, *named]
    one_by_one = engine.yes_probability(mixed, batch_size=1)
    assert np.abs(engine.yes_probability(mixed, batch_size=7) - one_by_one).max() < 1e-5
    order = np.random.default_rng(0).permutation(len(mixed))
    assert np.abs(engine.yes_probability([mixed[i] for i in order]) - one_by_one[order]).max() < 1e-5
    assert np.ptp(one_by_one) > 1e-4  # it looks at something


def test_probability_is_the_models_own(engine, questions):
    _, yes, no = engine.encoder.yes_no
    with torch.inference_mode():
        logits = engine.model(**engine.encoder._process(questions[:1])).logits[0, -1]
    expected = torch.sigmoid(logits[yes] - logits[no]).item()
    assert engine.yes_probability(questions[:1])[0] == pytest.approx(expected, abs=1e-5)


def test_answers_do_not_depend_on_the_batch_and_streaming_equals_them(engine, questions, facts):
    genes = [str(gene) for gene in facts.slide.genes[:4]]
    asked = [*questions[:3], describe_question(facts.canvas, facts.slide.niches[0], genes)]
    answers = engine.answer(asked, max_new_tokens=24)
    assert answers == engine.answer(asked, batch_size=1, max_new_tokens=24)
    for question, answer in zip(asked, answers, strict=True):
        parts = list(engine.stream(question, max_new_tokens=24))
        assert parts[-1] == answer
        assert all(b.startswith(a[:-1]) and b != a for a, b in pairwise(parts))


def test_an_error_while_streaming_is_raised_to_the_reader(engine, questions, monkeypatch):
    def fail(**_):
        message = "out of memory"
        raise RuntimeError(message)

    monkeypatch.setattr(engine.model, "generate", fail)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(engine.stream(questions[0]))


def test_leaving_a_stream_early_stops_the_model(engine, questions):
    import threading
    import time

    before = threading.active_count()
    stream = engine.stream(questions[0], max_new_tokens=1500)
    next(stream)
    started = time.monotonic()
    stream.close()
    assert time.monotonic() - started < 5
    assert threading.active_count() == before


def test_the_model_is_told_to_stop_when_nobody_reads_on(engine, questions, monkeypatch):
    generated = []

    def generate(*, streamer, stopping_criteria, logits_processor, **_):
        ids = torch.tensor([[7]])
        streamer.put(ids)
        while not stopping_criteria(ids, None).all() and len(generated) < 100_000:
            logits_processor(ids, torch.zeros(1, 2))
            streamer.put(torch.tensor([ord("a")]))
            generated.append(1)
        streamer.end()

    monkeypatch.setattr(engine.model, "generate", generate)
    stream = engine.stream(questions[0])
    next(stream)
    stream.close()
    assert len(generated) < 100_000


def test_log_likelihood_is_that_of_one_forward_pass(engine, questions):
    completions = ["Yes.", "No. This gene is not enriched in the niche.", "Yes. It is highest."]
    found = engine.log_likelihood(questions[0], completions)
    for completion, value in zip(completions, found, strict=True):
        ids = engine.encoder.completion_ids(questions[0].prompt, 1, completion)
        inputs = engine.encoder._process(questions[:1])
        start = inputs["input_ids"].shape[1]
        inputs["input_ids"] = torch.cat([inputs["input_ids"], torch.tensor([ids])], dim=1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
        with torch.inference_mode():
            log_p = engine.model(**inputs).logits[0, start - 1 : -1].log_softmax(-1)
        expected = log_p[range(len(ids)), ids].sum().item()
        assert value == pytest.approx(expected, abs=1e-3)


def test_progress_counts_every_question(engine, questions):
    seen = []
    engine.yes_probability(questions, batch_size=5, progress=lambda *counts: seen.append(counts))
    assert seen == [(5, 12), (10, 12), (12, 12)]


def test_only_a_small_model_on_a_gpu_scores_many_questions_at_once(engine):
    assert engine.score_batch == choose_score_batch("cpu", 10) == SCORE_BATCH
    assert choose_score_batch("cuda", SMALL_MODEL - 1) == GPU_SCORE_BATCH > SCORE_BATCH
    assert choose_score_batch("cuda", SMALL_MODEL) == SCORE_BATCH
