"""Prompts as token ids: every question reads as the engine asks it, in rows of one length."""

import numpy as np
import pytest

from inference.engine.encoding import Encoder
from training.nano.architecture import NanoConfig, build_nano
from training.nano.lesson_prompts import NO_LABEL, build_prompt_table, prompt_numbers, prompts, template_texts, topics


@pytest.fixture(scope="module")
def nano():
    return build_nano(NanoConfig.tiny(), template_texts())


def test_every_kind_value_and_wording_has_a_prompt() -> None:
    kinds = {kind for kind, _, _ in prompt_numbers()}
    assert {"enriched", "form", "adjacent", "highest", "follows_depth"} <= kinds
    assert ("form", "ring", 0) in prompt_numbers()
    assert ("enriched", "", 0) in prompt_numbers()
    assert len(set(prompts())) == len(prompts())
    first, other, ring = (
        prompt_numbers()[key] for key in (("form", "band", 0), ("form", "band", 1), ("form", "ring", 0))
    )
    assert topics()[first] == topics()[other] != topics()[ring]
    assert not any("{" in prompt for prompt in prompts())


@pytest.mark.parametrize("in_words", [False, True])
def test_a_row_is_the_engines_prompt_then_the_answer(nano, in_words: bool) -> None:
    model, processor = nano
    table = build_prompt_table(processor, in_words=in_words)
    encoder = Encoder(processor, 128, model.device, model.dtype)
    tokenizer = processor.tokenizer
    image = model.config.image_token_id
    for number in (0, 17, len(prompts()) - 1):
        asked = encoder._token_ids(prompts()[number], 1)
        end = table.ends[number]
        for yes, word in enumerate(("No.", "Yes.")):
            row = table.ids[number, yes].tolist()
            assert row[: end + 1] == asked
            answer = [token for token in table.labels[number, yes].tolist() if token != NO_LABEL]
            assert row[end + 1 : end + 1 + len(answer)] == answer
            assert tokenizer.decode(answer).startswith(word)
            assert answer[-1] == tokenizer.eos_token_id
            assert (len(answer) > 3) == (in_words and word == "Yes.")
            assert set(row[end + 1 + len(answer) :]) <= {tokenizer.pad_token_id}
        start = table.image_start
        assert np.flatnonzero(table.ids[number, 0] == image).tolist() == list(range(start, start + 16))


def test_nearly_every_word_of_a_prompt_is_one_token(nano) -> None:
    processor = nano[1]
    n_tokens = sum(len(ids) for ids in processor.tokenizer(prompts())["input_ids"])
    n_words = sum(len(prompt.split()) + 1 for prompt in prompts())
    assert n_tokens < 1.1 * n_words
