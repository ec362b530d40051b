"""Questions become the same inputs as the processor and the training make."""

import numpy as np
import torch

from data_prep.tasks import Question


def test_fast_encoding_equals_the_processor(engine, questions):
    assert engine.encoder.is_plain
    fast = engine.encoder.encode(questions[:3])
    slow = engine.encoder._process(questions[:3])
    assert torch.equal(fast["input_ids"], slow["input_ids"])
    assert torch.equal(fast["attention_mask"], slow["attention_mask"])
    assert (fast["pixel_values"] - slow["pixel_values"]).abs().max() < 1e-6


def test_prompt_and_completion_are_those_of_training(engine, questions):
    from PIL import Image
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    question, completion = questions[0], "No. This gene is not enriched in the niche."
    collate = DataCollatorForVisionLanguageModeling(engine.processor, completion_only_loss=True)
    row = {
        "images": [Image.fromarray(question.images[0])],
        "prompt": [{"role": "user", "content": question.prompt}],
        "completion": [{"role": "assistant", "content": completion}],
    }
    trained = collate([row])
    learnt = trained["labels"][0] != -100
    assert engine.encoder.completion_ids(question.prompt, 1, completion) == trained["input_ids"][0][learnt].tolist()
    assert torch.equal(engine.encoder.encode([question])["input_ids"][0], trained["input_ids"][0][~learnt])
    _, yes, no = engine.encoder.yes_no
    assert engine.processor.tokenizer.decode([yes]) == "Yes"
    assert trained["input_ids"][0][learnt][0] == no


def test_a_question_without_pictures_and_one_of_another_size(engine, rng):
    from data_prep.claims import Names

    odd = Question((rng.integers(0, 255, (40, 40, 3), np.uint8),), "What is this?", Names(), ())
    none = Question((), "What is this?", Names(), ())
    assert len(engine.answer([odd, none], max_new_tokens=4)) == 2
