"""Compares loanwords and names across Hangul and Latin by their consonants: `서버` and `server` sound alike, `sp`."""

import re
from collections.abc import Iterable
from functools import lru_cache

from core.words import STOP_WORDS

_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z']+")

_INITIALS = "k k n t t r m p p s s - j j j k t p -".split()
_FINALS = "- k k k n n n t r k m r r r p r m p p t t n j j k t p -".split()
_FIRST_SYLLABLE, _OF_AN_INITIAL, _OF_A_VOWEL = 0xAC00, 588, 28

# In this order; what Korean hears as one consonant becomes one letter, and vowels fall away.
_SPELLINGS = tuple(
    (re.compile(spelling), sound)
    for spelling, sound in (
        ("x", "ks"),
        ("ph|[bvf]", "p"),
        ("t?ch|z", "j"),
        ("sch|sh|th|c(?=[eiy])", "s"),
        ("g(?=[eiy])", "j"),
        ("ck|qu?|gh|c|g", "k"),
        ("d", "t"),
        ("l", "r"),
        ("r(?=[jkmnpst]|$)", ""),
        ("[^jkmnprst]", ""),
    )
)
_REPEATED = re.compile(r"(.)\1+")

_SHORTEST = 3
"""Consonants; shorter words sound alike too often."""
_ENDING = 3
"""Consonants that a Korean ending may add."""
_LONGEST = 40
"""Characters of a word that are looked at."""


def sounds(text: str) -> list[frozenset[str]]:
    """How the words of a text sound, one set a word, without English stop words.

    A Hangul word sounds as it is and without each ending that it may have.
    """
    hangul = (_of_hangul(run[:_LONGEST]) for run in _HANGUL.findall(text))
    latin = (_of_latin(word[:_LONGEST]) for word in map(str.lower, _LATIN.findall(text)) if word not in STOP_WORDS)
    return [word for word in (*hangul, *latin) if word]


@lru_cache(maxsize=1 << 15)
def _of_hangul(run: str) -> frozenset[str]:
    letters: list[str] = []
    for syllable in run:
        place = ord(syllable) - _FIRST_SYLLABLE
        letters += (_INITIALS[place // _OF_AN_INITIAL], _FINALS[place % _OF_A_VOWEL])
    sound = _REPEATED.sub(r"\1", "".join(letters).replace("-", ""))
    return _long_enough(sound[: len(sound) - ending] for ending in range(_ENDING + 1))


@lru_cache(maxsize=1 << 15)
def _of_latin(word: str) -> frozenset[str]:
    for spelling, sound in _SPELLINGS:
        word = spelling.sub(sound, word)
    return _long_enough([_REPEATED.sub(r"\1", word)])


def _long_enough(sounds: Iterable[str]) -> frozenset[str]:
    return frozenset(sound for sound in sounds if len(sound) >= _SHORTEST)
