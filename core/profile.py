"""What ranking looks at in a question and in a passage, taken apart once and kept small."""

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
    def sounds(self) -> tuple[frozenset[str], ...]:
        """Of each different word in the question."""
        return tuple(dict.fromkeys(sounds(self.text)))[:MOST_TERMS]


class Profile:
    """A passage or a title: its language and its terms, as one string that takes a tenth of a set's memory."""

    __slots__ = ("_sounds", "_terms", "language")

    def __init__(self, text: str) -> None:
        self.language: Language = language(text)
        self._terms = f"{_END}{_END.join(terms(text))}{_END}"
        self._sounds: frozenset[str] | None = None

    def holds(self, term: str) -> bool:
        """Whether it has this lexical term."""
        return f"{_END}{term}{_END}" in self._terms

    def sounds(self, text: str) -> frozenset[str]:
        """How any of the words in its text may sound; worked out when it is first asked for."""
        if self._sounds is None:
            self._sounds = frozenset().union(*sounds(text))
        return self._sounds
