"""Prompt and completion are parts of one conversation by the chat template."""

from types import SimpleNamespace

import pytest

from data_prep.errors import NicheLensError
from inference.model.chat_template import completion_text, prompt_text


def test_prompt_and_completion_make_the_conversation(engine):
    prompt, completion = prompt_text(engine.processor, "What is it?", 2), "It is compact."
    assert prompt == "<user><image><image>What is it?<assistant>"
    assert completion_text(engine.processor, "What is it?", 2, completion) == "It is compact.<end_of_utterance>"


class Template:
    """A processor whose template puts other spaces before a finished answer than before one to be generated."""

    chat_template = "template"

    def apply_chat_template(self, messages, *, tokenize, add_generation_prompt, **options):
        self.options = options
        asked = f"USER {messages[0]['content'][-1]['text']}"
        if add_generation_prompt:
            return f"{asked} ASSISTANT\n\n"
        return f"{asked} ASSISTANT {messages[1]['content'][0]['text']} END"


def test_other_spaces_before_a_finished_answer_are_not_learnt():
    assert completion_text(Template(), "Yes or no?", 0, "Yes.") == "Yes. END"


def test_thinking_is_switched_off_only_where_the_template_knows_it():
    processor = Template()
    prompt_text(processor, "?", 0)
    assert processor.options == {}
    processor.chat_template = "{% if enable_thinking %}"
    prompt_text(processor, "?", 0)
    assert processor.options == {"enable_thinking": False}


def test_a_model_without_a_chat_template_is_refused():
    processor = SimpleNamespace(chat_template=None, tokenizer=SimpleNamespace(chat_template=None))
    with pytest.raises(NicheLensError, match="no chat template"):
        prompt_text(processor, "?", 0)
