"""Tells Korean words that came from another language, names above all, by syllables that Korean itself hardly has."""

_SYLLABLES = frozenset(
    "크르트드프브스즈츠그느므흐쿠투푸루누부수키티피카타파코토포케테페캐태패커터퍼콘톤폰칸탄판켄텐펜킨틴핀클틀플블글슬"
    "션니디리비베레데젤넬멜벨델렐웰"
)
_FIRST_SYLLABLE, _OF_A_VOWEL, _VOWELS = 0xAC00, 28, 21
_E, _AE = 5, 1
_AFTER_AE = frozenset((4, 8, 16, 17, 19))
"""Finals -ㄴ, -ㄹ, -ㅁ, -ㅂ and -ㅅ: 밴, 샐, 챔, 캡, 갯. After -ㅐ Chinese words have only -ㄱ and -ㅇ (백, 행)."""
_SHORTEST = 2
_MOSTLY = 0.6


def borrowed(word: str) -> bool:
    """Whether a Hangul word without its ending is mostly made of such syllables."""
    return len(word) >= _SHORTEST and sum(map(_foreign, word)) >= _MOSTLY * len(word)


def _foreign(syllable: str) -> bool:
    rest, final = divmod(ord(syllable) - _FIRST_SYLLABLE, _OF_A_VOWEL)
    vowel = rest % _VOWELS
    if syllable in _SYLLABLES:
        return True
    return (vowel == _E and final > 0) or (vowel == _AE and final in _AFTER_AE)
