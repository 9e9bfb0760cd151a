"""What ranking looks at in a question and in a passage. Taken apart once, a passage's is kept beside its text."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from core.sounds import sounds
from core.types import Language
from core.words import content_terms, language, terms

Marks = NDArray[np.uint32]
"""Terms or sounds, each as a number of 32 bits: two of a hundred thousand different words have the same."""

MOST_TERMS = 64
"""Of a question."""
FORMAT = 1
_SAMPLE = "Saseo의 v2.3.1 설정 파일을 어떻게 바꾸나요? The bots' running versions: ERR_CONN_42, camelCase, café, 서버."
"""Its profile tells whether others were made by the same rules."""

_MARKS = np.dtype("<u4")
_LAST = (1 << 14) - 1
"""The last bits of a mark: sixteen thousand places, so that most of a text is told from a question by them."""
_LANGUAGES: tuple[Language, ...] = ("other", "ko", "en")
_HEAD = 8
"""Bytes: the language and how many bytes of terms follow; the rest are sounds."""


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
    def marks(self) -> Marks:
        """Of the terms, ascending."""
        return _ascending(map(_mark, self.terms))

    @cached_property
    def sounds(self) -> Marks:
        """All ways in which its words may sound, ascending."""
        return _ascending(mark for word in self._words for mark in word)

    @cached_property
    def may_sound(self) -> NDArray[np.bool_]:
        """In which of these ways each different word may sound, shape (sounds, words)."""
        rows = {mark: row for row, mark in enumerate(self.sounds.tolist())}
        alike = np.zeros((len(rows), len(self._words)), dtype=bool)
        for column, word in enumerate(self._words):
            alike[[rows[mark] for mark in word], column] = True
        return alike

    @cached_property
    def _words(self) -> tuple[list[int], ...]:
        words = tuple(dict.fromkeys(sounds(self.text)))[:MOST_TERMS]
        return tuple([_mark(sound) for sound in word] for word in words)


class Profile(NamedTuple):
    """A passage: its language, and the marks of its different terms and of all ways in which its words may sound,
    four bytes each. A tuple, because a question unpacks hundreds."""

    language: Language
    terms: bytes
    sounds: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """Takes a text apart, which takes about a quarter of a millisecond for a passage."""
        heard = frozenset[str]().union(*sounds(text))
        return cls(language(text), terms_of(text), _packed(sorted(heard)))

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """What `packed` gave."""
        end = _HEAD + int.from_bytes(data[4:_HEAD], "little")
        return cls(_LANGUAGES[data[0]], data[_HEAD:end], data[end:])

    @property
    def packed(self) -> bytes:
        """As it is kept."""
        head = _LANGUAGES.index(self.language).to_bytes(4, "little") + len(self.terms).to_bytes(4, "little")
        return head + self.terms + self.sounds


def terms_of(text: str) -> bytes:
    """The marks of its different terms, four bytes each."""
    return _packed(dict.fromkeys(terms(text)))


def held(marks: Marks, texts: Sequence[bytes]) -> NDArray[np.bool_]:
    """Whether each text, which is marks of four bytes, holds each of these ascending marks, shape (texts, marks)."""
    found = np.zeros((len(texts), len(marks)), dtype=bool)
    if not found.size:
        return found
    every = np.frombuffer(b"".join(texts), _MARKS)
    # Nearly all are told from these by their last bits, so that few are searched for.
    likely = np.zeros(_LAST + 1, dtype=bool)
    likely[marks & _LAST] = True
    places = np.flatnonzero(likely[every & _LAST])
    # Of one that comes before all of these this is -1, the last: it is another one all the same.
    nearest = marks.searchsorted(every[places], side="right") - 1
    same = marks[nearest] == every[places]
    ends = np.cumsum([len(text) for text in texts]) // _MARKS.itemsize
    found[ends.searchsorted(places[same], side="right"), nearest[same]] = True
    return found


@lru_cache(maxsize=1)
def rules() -> int:
    """Names the rules by which profiles are made; never 0."""
    return zlib.crc32(Profile.of(_SAMPLE).packed, FORMAT) or 1


def _packed(words: Iterable[str]) -> bytes:
    return np.array([_mark(word) for word in words], dtype=_MARKS).tobytes()


def _ascending(marks: Iterable[int]) -> Marks:
    return np.array(sorted(set(marks)), dtype=_MARKS)


def _mark(word: str) -> int:
    # Words hold what no encoding takes: lone surrogates are passed on as they are.
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))
