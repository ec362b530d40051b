"""The text of a question and of its answer, by a model's own chat template: the same in training and in asking."""

from __future__ import annotations

from typing import Any

from data_prep.errors import NicheLensError


def prompt_text(processor: Any, prompt: str, n_images: int) -> str:
    """The user's turn, images first, and what the template opens the answer with; the model does not think aloud.

    Raises:
        NicheLensError: the processor has no chat template.
    """
    return _render(processor, _asked(prompt, n_images), opens_answer=True)


def completion_text(processor: Any, prompt: str, n_images: int, completion: str) -> str:
    """What the template makes of an answer, from the end of `prompt_text` to the end of the turn.

    Raises:
        NicheLensError: the processor has no chat template.
    """
    asked = _asked(prompt, n_images)
    opened = _render(processor, asked, opens_answer=True)
    said = {"role": "assistant", "content": [{"type": "text", "text": completion}]}
    whole = _render(processor, [*asked, said], opens_answer=False)
    if whole.startswith(opened):
        return whole[len(opened) :]
    # Some templates open a finished turn with other spaces than one to be answered. What is generated goes on from the
    # latter, so that is what has to be learnt.
    answer = completion.strip()
    return whole[whole.rindex(answer) :] if answer and answer in whole else whole


def _asked(prompt: str, n_images: int) -> list[dict]:
    content = [*[{"type": "image"}] * n_images, {"type": "text", "text": prompt}]
    return [{"role": "user", "content": content}]


def _render(processor: Any, messages: list[dict], *, opens_answer: bool) -> str:
    template = getattr(processor, "chat_template", None) or processor.tokenizer.chat_template
    if not template:
        message = f"{type(processor).__name__}: no chat template; choose a model tuned to follow instructions"
        raise NicheLensError(message)
    # A switch that a template does not know is warned about.
    options = {"enable_thinking": False} if "enable_thinking" in str(template) else {}
    return processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=opens_answer, **options)
