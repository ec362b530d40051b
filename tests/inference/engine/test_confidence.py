"""What is passed on: every sentence that the model was sure enough of, and how sure it was."""

import dataclasses

import numpy as np
import pytest
import torch

from data_prep.claims import FIRST_GENE, THE_NICHE, THIS_GENE, Claim
from inference.engine.confidence import NEVER, Sentence, filter_confident, read_sentences, token_ends
from inference.model.calibration import Calibration

TEXT = "Yes. This gene is strongly enriched in the niche. This gene is highest in the left of the tissue."


def test_a_sentence_is_as_sure_as_all_of_its_tokens(engine):
    tokenizer = engine.processor.tokenizer
    ids = tokenizer(TEXT)["input_ids"] + [tokenizer.eos_token_id]
    words = [tokenizer.decode(ids[: i + 1]) for i in range(len(ids))]
    p = np.linspace(0.5, 0.99, len(ids)).tolist()
    found = read_sentences(TEXT, token_ends(tokenizer, ids), p)
    assert " ".join(sentence.words for sentence in found) == TEXT
    assert found[1].claims == (Claim("enriched", THIS_GENE, THE_NICHE, "strongly"),)
    ends = [next(i for i, text in enumerate(words) if text.count(".") == n) for n in (1, 2, 3)]
    for sentence, start, end in zip(found, [-1, *ends], ends, strict=False):
        assert sentence.confidence == pytest.approx(np.prod(p[start + 1 : end + 1]))


def test_what_is_unsure_or_never_right_is_left_out():
    gene = Claim("enriched", THIS_GENE, THE_NICHE)
    place = Claim("located", THIS_GENE, value="left")
    said = [Sentence("Yes.", 0.1, ()), Sentence("E.", 0.8, (gene,)), Sentence("P.", 0.8, (place,))]
    assert filter_confident(said, {}) == "Yes. E. P."
    assert filter_confident(said, {"enriched": 0.8, "located": 0.81}) == "Yes. E."
    assert filter_confident(said, {"enriched": NEVER}) == "Yes. P."
    two = Sentence("B.", 0.8, (gene, Claim("colocalised", FIRST_GENE)))
    assert filter_confident([two], {"colocalised": 0.9}) == ""


def test_the_engine_passes_on_what_its_calibration_allows(engine, questions):
    ids = engine.model.generate(**engine.encoder.encode(questions[:1]), max_new_tokens=6, do_sample=False)
    with torch.inference_mode():
        start = engine.encoder.encode(questions[:1])["input_ids"].shape[1]
        inputs = engine.encoder.encode(questions[:1]) | {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        p = engine.model(**inputs).logits[0, start - 1 : -1].softmax(-1).amax(-1)
    (sentences,) = engine.sentences(questions[:1], max_new_tokens=6)
    assert np.prod([s.confidence for s in sentences]) == pytest.approx(float(p.prod()), rel=1e-4)

    strict = object.__new__(type(engine))
    strict.__dict__.update(engine.__dict__)
    strict.calibration = dataclasses.replace(Calibration(), least_confidence={"enriched": NEVER})
    said = strict.answer(questions[:2], max_new_tokens=24)
    assert [list(strict.stream(question, max_new_tokens=24))[-1] for question in questions[:2]] == said
