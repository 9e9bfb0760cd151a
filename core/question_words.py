"""Takes a question apart: the words that say what it is about, of what kind they are, and how rare."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.amounts import asks_how_many
from core.common import COMMON, PASSAGES
from core.loanwords import borrowed
from core.sounds import sounds
from core.words import content_terms, language, normalise, terms

Numbers = NDArray[np.float64]
Kind = Literal["name", "thing", "verb", "sort"]
"""A name is rarely said otherwise; a sort (a reason, a place) says what the answer is, which need not be named."""

_PIECE = re.compile(r"[\uac00-\ud7a3]+|[^\W\uac00-\ud7a3]+(?:['.\-/:@+][^\W\uac00-\ud7a3]+)*")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_VERB = re.compile(
    r"(?<=[\uac00-\ud7a3]{2})(?:하|되|한|된|할|될|함|됨|했|됐|해|돼|시키|시킨|시킬)[\uac00-\ud7a3]{0,4}$"
)
_CONJUGATED = re.compile(
    r"(?:니까|는가|던|려면|려고|고자|어야|아야|어서|었|았|였|켰|졌|렸|셨|났|않|못|하|되|한|된|할|될|어진|운|울|릴|는데|지만|기|게|면|지|고)$"
)
_NOMINAL = re.compile(
    r"(?:기|지|고|게|면|운|울|릴|못)(?:은|는|이|가|을|를|의|에|에서|에게|로|으로|와|과|도|만|까지|부터)$"
)
"""With a particle behind it what looks like the ending of a verb is the end of a noun: 사고를, 경기에서."""
_ASKING = re.compile(r"(?:무엇|무슨|누구|누가|언제|어디|어느|어떤|어떻|어때|얼마|왜|몇|뭐|뭘)")
_LIGHT = re.compile(
    r"(?:것|거)(?:이|인|으|일|입|은|을|이라|에|과|와|의|도|만|들)?[가-힣]{0,3}"
    r"|(?:하|했|하였|한|할|합|해|되|됐|되었|된|될|됩|돼|있|있었|없|없었|않|않았|않을|같|싶|이었|였|아니|못하|못했)"
    r"(?:다|다고|다면|다는|는|는가|는지|을|은|습니까|니까|나요|까|던|지|지만|고|어|었|었던|었는가|기|게|도록|으며|며|면"
    r"|으면|어야|라고|려고|여)?"
)
"""Verbs that only carry others, in whatever form."""
_EMPTY = frozenset(
    "according based passage text document following statement statements mentioned true false likely regarding s t "
    "것 것은 것이 것을 것으 것도 수 때 때는 데 중 곳 곳은 다음 경우 대한 대해 대하여 관한 관해 관하여 따르면 따라 "
    "있는 있 있었 있다 있고 있나 있을 없는 하는 하 했 하나 해야 되는 되 된 되었 되나 돼 할 한 위해 위한 가장 더 및 "
    "또는 등 의 로 으로 그 이 저 지문 설명 사실 사실인 언급 옳은 옳지 정확한 않은 않는 않고 아닌 "
    "궁금 궁금합니 궁금해 알고 싶어 싶은 싶습니".split()
)
"""Words that say nothing about what is asked, beside the stop words of `core.words`."""
_SORTS = frozenset(
    "사람 사람들 이유 원인 방법 종류 나라 국가 장소 지역 시기 시간 때 결과 목적 특징 특성 의미 내용 정보 가능성 경우 "
    "역할 문제 요인 사항 측면 부분 관련 주요 예 예는 이름 날짜 도움 영향 유형 점은 행동 활동 이점 단계 기간 정도 곳은 "
    "일은 일이 일을 볼 간주 번째 많은 다른 가능 만한 높은 좋은 동안 이후".split()
)
_OF_A_SORT = 0.5
"""What such a word counts."""
_MOST_WORDS = 40
_WORDS_KEPT = 4096
"""Words that stay taken apart: most questions are made of the same ones."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: the text to look for, without endings, its lexical terms, and how it may sound."""

    text: str
    terms: tuple[str, ...]
    kind: Kind = "thing"
    sounds: frozenset[str] = frozenset()

    @property
    def hangul(self) -> bool:
        """Whether it is a Korean word."""
        return is_hangul(self.text)


@dataclass(frozen=True, eq=False)
class Asked:
    """A question taken apart. Rarities are logarithms, as BM25's; weights add up to 1, and so do squares."""

    words: tuple[Word, ...]
    rarities: Numbers
    terms: Mapping[str, float]
    numbers: frozenset[str]
    how_many: bool = False
    """Whether an amount would answer it."""

    @cached_property
    def weights(self) -> Numbers:
        """The share of each word."""
        return self.rarities / max(float(self.rarities.sum()), 1e-9)

    @cached_property
    def squares(self) -> Numbers:
        """The share of each word where rare ones count even more."""
        squares: Numbers = self.weights**2 / max(float((self.weights**2).sum()), 1e-9)
        return squares

    def of(self, kind: Kind) -> Numbers:
        """A one for each word of this kind, else a zero."""
        return np.array([float(word.kind == kind) for word in self.words])


def ask(question: str, *, counts: Mapping[str, int], total: int) -> Asked:
    """Weighs the question's words and terms by their rarity: `counts` of `total` passages hold a term, beside what
    is common everywhere."""

    def rarity(term: str) -> float:
        count = min(counts.get(term, 0), total) + PASSAGES * COMMON.get(term, 0.0)
        return math.log(1 + (total + PASSAGES - count + 0.5) / (count + 0.5))

    asked = words(question)
    rarities = [max(map(rarity, word.terms)) * (_OF_A_SORT if word.kind == "sort" else 1.0) for word in asked]
    numbers = frozenset(_NUMBER.findall(question))
    terms_ = {term: rarity(term) for term in content_terms(question)}
    return Asked(asked, np.array(rarities, dtype=float), terms_, numbers, asks_how_many(question))


def words(question: str) -> tuple[Word, ...]:
    """The words of a question that say what it is about, each once."""
    text = normalise(question)[:2000]
    # In English a capital is no sign: documents seldom name what they are about, and so do not hold it.
    latin: Kind = "name" if language(text) == "ko" else "thing"
    found: dict[str, Word] = {}
    for piece in _PIECE.findall(text):
        word = _korean(piece) if is_hangul(piece) else _other(piece, latin)
        if word is not None:
            found.setdefault(word.text, word)
    telling = [word for word in found.values() if word.text not in _EMPTY]
    saying = [word for word in telling if not _merely_asks(word.text)]
    return tuple((saying or telling or list(found.values()))[:_MOST_WORDS])


def is_hangul(word: str) -> bool:
    """Whether a word is Korean throughout."""
    return _HANGUL.fullmatch(word) is not None


@lru_cache(maxsize=_WORDS_KEPT)
def _korean(piece: str) -> Word | None:
    """None where it merely asks."""
    held = content_terms(piece)
    if not held:
        return None
    bare = _joined(tuple(dict.fromkeys(held)))
    text = _VERB.sub("", bare)
    lexical = tuple(dict.fromkeys(terms(text)))
    if text in _SORTS:
        return Word(text, lexical, "sort")
    if text != bare or (_CONJUGATED.search(text) and not _noun(text, piece)):
        return Word(text, lexical, "verb")
    if borrowed(text):
        return Word(text, lexical, "name", _sounds(text))
    return Word(text, lexical)


def _noun(text: str, piece: str) -> bool:
    return len(text) > 1 and text != piece and _NOMINAL.fullmatch(piece, len(text) - 1) is not None


@lru_cache(maxsize=_WORDS_KEPT)
def _other(piece: str, kind: Kind) -> Word | None:
    held = tuple(dict.fromkeys(content_terms(piece)))
    if not held:
        return None
    if kind == "name" or any(sign.isdigit() for sign in piece):
        return Word(piece.lower(), held, "name", _sounds(piece))
    return Word(piece.lower(), held)


def _joined(bigrams: Sequence[str]) -> str:
    """The Hangul run that these bigrams were cut from, without the ending that was left out."""
    return bigrams[0] + "".join(bigram[-1] for bigram in bigrams[1:])


def _merely_asks(word: str) -> bool:
    return _ASKING.match(word) is not None or _LIGHT.fullmatch(word) is not None


def _sounds(word: str) -> frozenset[str]:
    """As a whole: its ending is left out already, and with more taken off it sounds like too much else."""
    return frozenset(max(heard, key=len) for heard in sounds(word))
