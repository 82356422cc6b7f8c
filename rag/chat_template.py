"""A conversation → template parts and contents, kept apart so that only the template is special.

A model's chat template (Jinja, from its GGUF) is rendered with an unguessable sentinel in place of
each message's content and cut at the sentinels again. Whatever a message says, it can therefore
not pose as one of the template's control tokens. Knows nothing of tokenizers.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import ModelLoadError
from rag.types import Message


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the rendered conversation; ``is_template`` text may hold control tokens."""

    text: str
    is_template: bool


def render_parts(
    template: str, messages: Sequence[Message], *, bos_token: str, eos_token: str
) -> list[Part]:
    """Render ``messages`` up to where the assistant starts to speak.

    Raises:
        ModelLoadError: the template is broken or refuses the conversation.
    """
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    key = secrets.token_hex(12)
    stand_ins = [
        {"role": message.role.value, "content": f"{key}-{number}-"}
        for number, message in enumerate(messages)
    ]
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    try:
        rendered = environment.from_string(template).render(
            messages=stand_ins,
            add_generation_prompt=True,
            bos_token=bos_token,
            eos_token=eos_token,
            # Models that can think aloud would spend the whole answer on it.
            enable_thinking=False,
        )
    except TemplateError as error:
        raise ModelLoadError(f"the model's chat template cannot be used: {error}") from error
    parts: list[Part] = []
    for number, text in enumerate(re.split(f"{key}-(\\d+)-", rendered)):
        if number % 2:
            parts.append(Part(messages[int(text)].content, is_template=False))
        elif text:
            parts.append(Part(text, is_template=True))
    return parts


def _refuse(message: str) -> None:
    from jinja2 import TemplateError

    raise TemplateError(message)
