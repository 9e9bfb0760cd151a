"""What ranking looks at in a question and in a passage, taken apart once and kept small."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from core.sounds import sounds
from core.types import Language
from core.words import content_terms, language, terms

MOST_TERMS = 64
"""Of a question."""

_END = "\x1f"


@dataclass(frozen=True)
class Asked:
    """A question: its language, the different terms it is about, and how its words sound."""

    text: str

    @cached_property
    def language(self) -> Language:
        """`other` when it cannot be told."""
        return language(self.text)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Each once, in order; those that merely ask only where there are no others."""
        return tuple(dict.fromkeys(content_terms(self.text) or terms(self.text)))[:MOST_TERMS]

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The terms as they stand in a profile."""
        return tuple(f"{_END}{term}{_END}" for term in self.terms)

    @cached_property
    def sounds(self) -> tuple[frozenset[str], ...]:
        """Of each different word in the question."""
        return tuple(dict.fromkeys(sounds(self.text)))[:MOST_TERMS]


class Profile:
    """A passage or a title: its language and its terms, as one string that takes a tenth of a set's memory."""

    __slots__ = ("_sounds", "_terms", "language")

    def __init__(self, text: str) -> None:
        self.language: Language = language(text)
        self._terms = f"{_END}{_END.join(dict.fromkeys(terms(text)))}{_END}"
        self._sounds: frozenset[str] | None = None

    def held(self, marks: Sequence[str]) -> list[bool]:
        """Whether it has each of a question's terms."""
        own = self._terms
        return [mark in own for mark in marks]

    def sounds(self, text: str) -> frozenset[str]:
        """How any of the words in its text may sound; worked out when it is first asked for."""
        if self._sounds is None:
            self._sounds = frozenset().union(*sounds(text))
        return self._sounds
