"""Understands a question through what was said before: "and for interns?" is about the last question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Turn
from core.words import content_terms

SHORT = 3
"""A question with at most this many content terms leans on what was said before."""

_LEANS = re.compile(
    r"^\s*(?:and|but|so|or|then|also|what about|how about|what if|why|is that|are they|does it|do they|can it)\b"
    r"|\b(?:it|that|this|those|these|they|them|he|she|there|one|ones|same|instead)\b"
    r"|^\s*(?:그럼|그러면|그리고|그런데|근데|또|또한|아니면|혹시|그건|그것|그게|그거|이건|이것|이거|저건|거기|왜|반대로)"
    r"|(?:은|는|도)\s*요?\s*\?*\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sense:
    """One way to understand a question."""

    text: str
    """What is looked up."""
    new: str = ""
    """The part of it that is asked now: what is found must say something about that, too."""


def leans(question: str) -> bool:
    """Whether the question can hardly be understood alone."""
    return _LEANS.search(question) is not None or len(set(content_terms(question))) <= SHORT


def in_context(question: str, history: Sequence[Turn]) -> str | None:
    """The question together with the last one that stands alone; None where there is none.

    The new words come last, so that what is asked now weighs at least as much as what was asked before.
    """
    asked = [turn.text for turn in history if turn.role == "human"]
    trail: list[str] = []
    for text in reversed(asked[-4:]):
        trail.insert(0, text)
        if not leans(text):
            break
    return " ".join([*trail, question]) if trail else None


def senses(question: str, history: Sequence[Turn]) -> tuple[Sense, ...]:
    """The ways to understand a question, the likeliest first.

    "And for trainees?" leans on what was asked before by its own words. A question that is merely short may as well be
    about something new, in a busy channel: together with an earlier one it is understood only where its own words are
    held as well.
    """
    alone, whole = Sense(question), in_context(question, history)
    if whole is None:
        return (alone,)
    together = Sense(whole, new="" if _LEANS.search(question) else question)
    return (together, alone) if leans(question) else (alone, together)
