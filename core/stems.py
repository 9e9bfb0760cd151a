"""Finds Korean words whatever their endings are: by letters, as a syllable changes when an ending joins its verb."""

import re
import unicodedata
from functools import lru_cache

_SIGNS = re.compile(r"[\W_]+")
_SHORTEST = 3
"""Letters of a stem; shorter ones begin too many words."""
_INSIDE = 5
"""Letters from which on a stem may stand inside a word, as the second part of a compound."""
_COMPOUND = 4
"""Syllables from which on a word may be two."""
_AT_THE_START, _IN_A_WORD, _IN_PART, _SECOND_PART = 0.9, 0.8, 0.8, 0.6
"""How much of a word stands in a text that holds its stem alone, or one of its parts."""

_ENDINGS = (
    "습니까 습니다 는가 은가 었던 았던 였던 던 으려면 려면 으려고 려고 고자 으면 면 어야 아야 여야 어서 아서 도록 "
    "지만 는데 은데 는 은 을 고 지 기 게 어 아 여 며 으며 자 다 라고 다고 다는 었 았 였 들 들은 들이 들을 들의 "
    "적인 적으로 적 이었 이었던 임 이라고 하고 인 일"
).split()
_N, _L, _B, _SS = "\u11ab\u11af\u11b8\u11bb"
_JOINED = (_SS, _N, _L, f"\u1167{_SS}", f"{_N}\u1100\u1161", f"{_B}\u1102\u1175\u1101\u1161")
"""Endings that begin below the last syllable of the stem: -ㅆ, -ㄴ, -ㄹ, -ㅕㅆ, -ㄴ가, -ㅂ니까."""
_SOFTENED = ("\u116e\u11ab", "\u116e\u11af", "\u116f\u11bb")
"""What -ㅂ becomes before a vowel: -ㅜㄴ, -ㅜㄹ, -ㅝㅆ."""


def letters(text: str) -> str:
    """The text in single letters with one space before each word."""
    return f" {_SIGNS.sub(' ', unicodedata.normalize('NFD', text))}"


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A Hangul word without up to two endings, in single letters."""
    left = unicodedata.normalize("NFD", word)
    for _ in range(2):
        left = _shortened(left)
    return left


def _shortened(word: str) -> str:
    for ending in _every_ending():
        shortest = _SHORTEST if len(ending) > 1 else _SHORTEST + 1
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=1)
def _every_ending() -> tuple[str, ...]:
    """The longest first."""
    whole = (unicodedata.normalize("NFD", ending) for ending in _ENDINGS)
    return tuple(sorted({*whole, *_JOINED, *_SOFTENED}, key=len, reverse=True))


def partly_held(word: str, text: str, spelled: str) -> float:
    """How much of a Hangul word that does not stand in `text` as it is stands there otherwise, 0 to 1; `spelled` is
    the text in letters."""
    bare = stem(word)
    if bare != unicodedata.normalize("NFD", word) and f" {bare}" in spelled:
        return _AT_THE_START
    if len(bare) >= _INSIDE and bare in spelled:
        return _IN_A_WORD
    for length in range(len(word) - 1, 1, -1):
        if word[:length] in text:
            return _IN_PART * length / len(word)
    for length in range(len(word) - 1, 1, -1) if len(word) >= _COMPOUND else ():
        if f" {word[-length:]}" in text:
            return _SECOND_PART * length / len(word)
    return 0.0
