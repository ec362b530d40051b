"""The text of a question and of its answer, by the chat template of a model: the same in training and in asking."""

from __future__ import annotations

from typing import Any

from data_prep.errors import NicheLensError


def prompt_text(processor: Any, prompt: str, n_images: int) -> str:
    """The user's turn, images first, and the opening of the answer; models that can think are told not to.

    Raises:
        NicheLensError: the processor has no chat template.
    """
    return _render(processor, _user_turn(prompt, n_images), opens_answer=True)


def completion_text(processor: Any, prompt: str, n_images: int, completion: str) -> str:
    """The text of an answer by the template, from the end of `prompt_text` to the end of the turn.

    Raises:
        NicheLensError: the processor has no chat template.
    """
    question = _user_turn(prompt, n_images)
    opened = _render(processor, question, opens_answer=True)
    reply = {"role": "assistant", "content": [{"type": "text", "text": completion}]}
    whole = _render(processor, [*question, reply], opens_answer=False)
    if whole.startswith(opened):
        return whole[len(opened) :]
    # Some templates put other spaces before a finished answer than before one to be generated. Generation continues
    # from the latter, so only the answer itself is learnt.
    answer = completion.strip()
    return whole[whole.rindex(answer) :] if answer and answer in whole else whole


def _user_turn(prompt: str, n_images: int) -> list[dict]:
    content = [*[{"type": "image"}] * n_images, {"type": "text", "text": prompt}]
    return [{"role": "user", "content": content}]


def _render(processor: Any, messages: list[dict], *, opens_answer: bool) -> str:
    template = getattr(processor, "chat_template", None) or processor.tokenizer.chat_template
    if not template:
        message = f"{type(processor).__name__}: no chat template; choose a model tuned to follow instructions"
        raise NicheLensError(message)
    # `transformers` warns about a switch that the template does not know.
    options = {"enable_thinking": False} if "enable_thinking" in str(template) else {}
    return processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=opens_answer, **options)
