"""What the texts of a message become, as they are typed: lines for a page's previews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.events import checks
from hera.events.content import Content
from hera.events.models import Fallback, LockScreen
from hera.texts.editor import problems, rendered, segment_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.texts.editor import Line


def lines(texts: Mapping[str, str], example: Mapping[str, str], language: str, fallback: str = "") -> list[Line]:
    """Each text as somebody reads it, what an SMS of it takes if one may follow, and what is wrong; none of no texts.

    Args:
        texts: those of `checks.TEXTS`.
        example: what is filled in.
    """
    if not any(texts.values()):
        return []
    shown = [line for field in checks.TEXTS for line in rendered(field, texts[field], example, language)]
    said = {line["kind"]: line["text"] for line in shown}
    if fallback == Fallback.SMS and {"push_title", "push_body"} <= said.keys():
        shown += segment_lines(Content(said["push_title"], said["push_body"], "").as_text_message())
    asked = {**texts, "language_code": language}
    return shown + problems(one for _field, one in checks.errors_of(asked, example, LockScreen.DISCREET))
