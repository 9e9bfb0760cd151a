"""Measures how well found passages fit a question: by its words and, where there are vectors, by meaning."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from core.common import COMMON, PASSAGES
from core.sentences import Span, sentences
from core.types import Language
from core.words import content_terms, language, normalise, terms

Numbers = NDArray[np.float64]

_PIECE = re.compile(r"[\uac00-\ud7a3]+|[^\W\uac00-\ud7a3]+(?:['.\-/:@+][^\W\uac00-\ud7a3]+)*")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_VERB = re.compile(
    r"(?<=[\uac00-\ud7a3]{2})(?:하|되|한|된|할|될|함|됨|했|됐|해|돼|시키|시킨|시킬)[\uac00-\ud7a3]{0,4}$"
)
_PARTICLES = frozenset("은는을를이가의에도로")
_EMPTY = frozenset(
    "according based passage text document following statement statements mentioned true false likely regarding s t "
    "것 것은 것이 것을 것으 것도 수 때 때는 데 중 곳 곳은 다음 경우 대한 대해 대하여 관한 관해 관하여 따르면 따라 "
    "있는 있 있었 있다 있고 있나 있을 없는 하는 하 했 하나 해야 되는 되 된 되었 되나 돼 할 한 위해 위한 가장 더 및 "
    "또는 등 의 로 으로 그 이 저 지문 설명 사실 사실인 언급 옳은 옳지 정확한 않은 않는 않고 아닌 "
    "궁금 궁금합니 궁금해 알고 싶어 싶은 싶습니".split()
)
"""Words that say nothing about what is asked, beside the stop words of `core.words`."""


CLUES = (
    "covered",
    "best",
    "peak",
    "meaning",
    "best_margin",
    "meaning_margin",
    "rare_margin",
    "order_margin",
    "missing",
    "nowhere",
    "elsewhere",
    "numbers",
    "length",
    "length_best",
)
"""Names of the numbers that `clues` gives, in order."""
_UNRELATED = {"best": 0.15, "meaning": 0.2, "rare": 0.1, "order": 0.05}
"""What an unrelated passage scores, about: the margin is measured from here when there is no other passage."""
_MOST_WORDS = 40
_WORDS_KEPT = 4096
"""Words that stay taken apart: most questions are made of the same ones."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: the text to look for, without endings, and its lexical terms."""

    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Asked:
    """A question taken apart. Rarities are logarithms, as BM25's; weights add up to 1, and so do squares."""

    words: tuple[Word, ...]
    rarities: Numbers
    terms: Mapping[str, float]
    numbers: frozenset[str]

    @cached_property
    def weights(self) -> Numbers:
        """The share of each word."""
        return self.rarities / max(float(self.rarities.sum()), 1e-9)

    @cached_property
    def squares(self) -> Numbers:
        """The share of each word where rare ones count even more."""
        squares: Numbers = self.weights**2 / max(float((self.weights**2).sum()), 1e-9)
        return squares


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, the how manieth it is, and its lexical terms."""

    place: int
    span: Span
    text: str
    lower: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A passage taken apart. What stands in its title and heading counts as said in it."""

    sentences: tuple[Sentence, ...]
    body: str
    """The passage, verbatim."""
    text: str
    """Title, heading and passage in lower case."""
    language: Language
    """Of that text."""
    terms: frozenset[str]


@dataclass(frozen=True, eq=False)
class Fit:
    """How a passage fits a question, between 0 and 1. Arrays have a row a sentence."""

    cosines: Numbers
    held: Numbers
    """Shape (sentences, words): how much of each word stands in each sentence."""
    anywhere: Numbers
    """Shape (words,): how much of each word stands in the passage, its title or heading."""
    cover: Numbers
    scores: Numbers
    """Half meaning, half words; the words alone where there are no vectors."""
    meaning: float
    covered: float
    rare: float
    order: float

    @cached_property
    def best(self) -> float:
        """The score of its best sentence."""
        return float(self.scores.max())

    @cached_property
    def total(self) -> float:
        """What passages are compared by."""
        return 0.5 * self.meaning + 0.5 * self.covered + self.best


def words(question: str) -> tuple[Word, ...]:
    """The words of a question that say what it is about, each once."""
    found: dict[str, Word] = {}
    for word in map(_word, _PIECE.findall(normalise(question)[:2000])):
        if word is not None:
            found.setdefault(word.text, word)
    telling = [word for word in found.values() if word.text not in _EMPTY]
    return tuple((telling or list(found.values()))[:_MOST_WORDS])


@lru_cache(maxsize=_WORDS_KEPT)
def _word(piece: str) -> Word | None:
    """A piece of a question as a word; None where it merely asks."""
    held = tuple(dict.fromkeys(content_terms(piece)))
    if not held:
        return None
    if not _HANGUL.fullmatch(piece):
        return Word(piece.lower(), held)
    text = _VERB.sub("", _joined(held))
    return Word(text, tuple(dict.fromkeys(terms(text))))


def _joined(bigrams: Sequence[str]) -> str:
    """The Hangul run that these bigrams were cut from, without the ending that was left out."""
    return bigrams[0] + "".join(bigram[-1] for bigram in bigrams[1:])


def page(text: str, *, heading: str = "") -> Page:
    """Takes a passage apart."""
    taken = tuple(_sentence(place, span, text[span.start : span.end]) for place, span in enumerate(sentences(text)))
    everything = frozenset(terms(heading)).union(*(sentence.terms for sentence in taken))
    whole = f"{heading}\n{text}".lower()
    return Page(taken, text, whole, language(whole), everything)


def _sentence(place: int, span: Span, text: str) -> Sentence:
    return Sentence(place, span, text, text.lower(), frozenset(terms(text)))


def ask(question: str, *, counts: Mapping[str, int], total: int) -> Asked:
    """Weighs the question's words and terms by their rarity: `counts` of `total` passages hold a term, beside what
    is common everywhere."""

    def rarity(term: str) -> float:
        count = min(counts.get(term, 0), total) + PASSAGES * COMMON.get(term, 0.0)
        return math.log(1 + (total + PASSAGES - count + 0.5) / (count + 0.5))

    asked = words(question)
    rarities = np.array([max(rarity(term) for term in word.terms) for word in asked])
    numbers = frozenset(_NUMBER.findall(question))
    return Asked(asked, rarities, {term: rarity(term) for term in content_terms(question)}, numbers)


def held(word: Word, text: str, inside: frozenset[str]) -> float:
    """How much of a word stands in a text (lower case) with these terms, 0 to 1."""
    if not _is_hangul(word.text):
        return len(inside.intersection(word.terms)) / len(word.terms)
    if word.text in text:
        return 1.0
    if len(word.text) == 2 and word.text[1] in _PARTICLES:
        return 0.8 if f" {word.text[0]}" in text else 0.0
    for length in range(len(word.text) - 1, 1, -1):
        if word.text[:length] in text:
            return 0.8 * length / len(word.text)
    return 0.0


@lru_cache(maxsize=4096)
def _is_hangul(word: str) -> bool:
    return _HANGUL.fullmatch(word) is not None


def fit(asked: Asked, page: Page, cosines: Numbers | None) -> Fit:
    """Measures one passage of at least one sentence; `cosines` are those of its sentences with the question."""
    anywhere = np.array([held(word, page.text, page.terms) for word in asked.words], dtype=float)
    inside = np.zeros((len(page.sentences), len(asked.words)))
    # What stands nowhere in a passage stands in none of its sentences.
    for column in anywhere.nonzero()[0].tolist():
        inside[:, column] = [held(asked.words[column], s.lower, s.terms) for s in page.sentences]
    cover = inside @ asked.weights
    meant = np.zeros(len(inside)) if cosines is None else cosines
    return Fit(
        cosines=meant,
        held=inside,
        anywhere=anywhere,
        cover=cover,
        scores=cover if cosines is None else 0.5 * meant + 0.5 * cover,
        meaning=float(meant.mean()),
        covered=float(anywhere @ asked.weights),
        rare=float(anywhere @ asked.squares),
        order=_order(inside),
    )


def _order(inside: Numbers) -> float:
    """How far words that stand side by side in the question stand in one sentence."""
    if inside.shape[1] < 2:
        return float(inside.max(initial=0.0))
    pairs = np.minimum(inside[:, :-1], inside[:, 1:])
    return float(pairs.max(axis=0).mean())


def clues(asked: Asked, pages: Sequence[Page], fits: Sequence[Fit]) -> Numbers:
    """The numbers named in `CLUES` for the passage that fits best, beside the others."""
    best = max(range(len(fits)), key=lambda i: fits[i].total)
    chosen = fits[best]
    others = [fit for i, fit in enumerate(fits) if i != best]
    around = [page.terms for i, page in enumerate(pages) if i != best]
    missed = {term: rarity for term, rarity in asked.terms.items() if term not in pages[best].terms}
    found = {term: rarity for term, rarity in missed.items() if any(term in there for there in around)}
    whole = sum(asked.terms.values()) or 1.0
    length = math.log(1 + len(asked.words))
    peak = max(fit.best for fit in fits)
    values = {
        "covered": length * chosen.covered,
        "best": peak,
        "peak": max(float(fit.cosines.max()) for fit in fits),
        "meaning": chosen.meaning,
        "best_margin": chosen.best - _mean([other.best for other in others], "best"),
        "meaning_margin": chosen.meaning - _mean([other.meaning for other in others], "meaning"),
        "rare_margin": chosen.rare - _mean([other.rare for other in others], "rare"),
        "order_margin": chosen.order - _mean([other.order for other in others], "order"),
        "missing": float((asked.rarities * (1 - chosen.anywhere)).max(initial=0.0)) / 8,
        "nowhere": sum(rarity for term, rarity in missed.items() if term not in found) / whole,
        "elsewhere": sum(found.values()) / whole,
        "numbers": _share([number in pages[best].text for number in asked.numbers]),
        "length": length,
        "length_best": length * peak,
    }
    return np.array([values[name] for name in CLUES])


def _mean(values: Sequence[float], unrelated: str) -> float:
    return sum(values) / len(values) if values else _UNRELATED[unrelated]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0
