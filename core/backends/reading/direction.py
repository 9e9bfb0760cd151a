"""Puts Hebrew and Arabic of a printed page into the order in which it is read."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_LEFTWARD = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_ANY = re.compile(_LEFTWARD)
_RUN = re.compile(rf"{_LEFTWARD}(?:[^a-zA-Z\u00c0-\u058f\u0900-\u1fff\u3040-\ud7a3]*{_LEFTWARD})?")
_NUMBER = re.compile(
    r"[0-9\u0660-\u0669\u06f0-\u06f9](?:[-0-9\u0660-\u0669\u06f0-\u06f9.,:/]*[0-9\u0660-\u0669\u06f0-\u06f9])?"
)
_FORM = re.compile(r"[\ufb1d-\ufdff\ufe70-\ufefc]+")
_LOOSE_MARK = re.compile(r"[\u02b0-\u02ff]")


@dataclass(frozen=True, slots=True)
class Sign:
    """A character and where it stands; `mapped` is False where the font does not say what it means."""

    text: str
    left: float
    mapped: bool = True


def reads_leftward(text: str) -> bool:
    """Whether there is any Hebrew or Arabic in it."""
    return _ANY.search(text) is not None


def straightened(signs: Sequence[Sign]) -> str:
    """The line as it is read, in the letters that people type. Glyphs without a meaning, and marks that stand apart
    from their letter, are dropped."""
    kept = [sign for sign in signs if sign.mapped and not _LOOSE_MARK.match(sign.text)]
    text = "".join(sign.text for sign in kept)
    parts: list[str] = []
    end = 0
    for found in _RUN.finditer(text):
        run = found.group()
        parts += [text[end : found.start()], _turned(run) if _printed(kept[found.start() : found.end()]) else run]
        end = found.end()
    return _FORM.sub(lambda form: unicodedata.normalize("NFKC", form.group()), "".join([*parts, text[end:]]))


def _printed(run: Sequence[Sign]) -> bool:
    """Whether the run is in the order of the page, left to right, instead of that of reading.

    Signs in one place come from one glyph for a whole word, which PDFium spells backwards.
    """
    letters = [sign.left for sign in run if _ANY.match(sign.text)]
    return sum(first <= second for first, second in pairwise(letters)) * 2 > len(letters) - 1


def _turned(run: str) -> str:
    """The run backwards; numbers in it are read left to right either way."""
    return _NUMBER.sub(lambda number: number.group()[::-1], run[::-1])
