"""Measures how well found passages fit a question: by its words and, where there are vectors, by meaning."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.amounts import tells_a_number
from core.question_words import Asked, Kind, Numbers, Word
from core.sentences import Span, sentences
from core.sounds import sounds
from core.stems import letters, partly_held
from core.types import Language
from core.words import language, terms

_PARTICLES = frozenset("은는을를이가의에도로")
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
    "alike",
    "length_alike",
    "alike_margin",
    "name_lost",
    "name_nowhere",
    "rare_name_lost",
    "rare_name_nowhere",
    "thing_lost",
    "thing_nowhere",
    "rare_thing_lost",
    "rare_thing_nowhere",
    "verbs_lost",
    "verbs_nowhere",
    "uncounted",
    "length_best_margin",
    "length_meaning_margin",
    "length_rare_margin",
    "length_order_margin",
    "length_alike_margin",
)
"""Names of the numbers that `clues` gives, in order."""
_UNRELATED = {"best": 0.15, "meaning": 0.2, "rare": 0.1, "order": 0.05, "alike": 0.3}
"""What an unrelated passage scores, about: the margin is measured from here when there is no other passage."""
_PAGES_HEARD = 2000
_ALIKE = (0.3, 0.5)
"""Words less alike than the first have nothing in common; with as much more as the second they mean the same."""
_WITHIN = 0.5
"""How much of a word of one syllable stands where another word has that syllable inside."""
_SOUNDS_ALIKE = 0.8
"""How alike words are that are written in two alphabets and sound the same."""


@dataclass(frozen=True, slots=True)
class Text:
    """What words are looked for in: a text in lower case, in single letters, and its lexical terms."""

    lower: str
    spelled: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage and the how manieth it is."""

    place: int
    span: Span
    text: str
    inside: Text


@dataclass(frozen=True, slots=True)
class Page:
    """A passage taken apart. What stands in its title and heading counts as said in it."""

    sentences: tuple[Sentence, ...]
    body: str
    """The passage, verbatim."""
    inside: Text
    """Title, heading and passage."""
    language: Language
    """Of that text."""


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
    lost: Numbers
    """Shape (words,): how much of each word the passage neither holds nor says in another way."""
    alike: float
    """How alike the words are to the likest words of the passage."""
    named: float
    """How much of every name it holds: 0 where a whole one is missing."""

    @cached_property
    def best(self) -> float:
        """The score of its best sentence."""
        return float(self.scores.max())

    @cached_property
    def total(self) -> float:
        """What passages are compared by."""
        return self.covered + 1.1 * self.best + 2.2 * self.meaning + 0.7 * self.alike + 0.5 * self.named


def page(text: str, *, heading: str = "") -> Page:
    """Takes a passage apart."""
    taken = tuple(_sentence(place, span, text[span.start : span.end]) for place, span in enumerate(sentences(text)))
    everything = frozenset(terms(heading)).union(*(sentence.inside.terms for sentence in taken))
    whole = f"{heading}\n{text}".lower()
    return Page(taken, text, Text(whole, letters(whole), everything), language(whole))


def _sentence(place: int, span: Span, text: str) -> Sentence:
    return Sentence(place, span, text, text_of(text))


def text_of(text: str) -> Text:
    """Makes a text ready for words to be looked for in it."""
    lower = text.lower()
    return Text(lower, letters(lower), frozenset(terms(text)))


def held(word: Word, inside: Text) -> float:
    """How much of a word stands in a text, 0 to 1."""
    if not word.hangul:
        return len(inside.terms.intersection(word.terms)) / len(word.terms)
    if word.text in inside.lower:
        return 1.0 if len(word.text) > 1 or _begins(word.text, inside.lower) else _WITHIN
    if len(word.text) == 2 and word.text[1] in _PARTICLES and f" {word.text[0]}" in inside.lower:
        return 0.8
    return partly_held(word.text, inside.lower, inside.spelled)


def _begins(syllable: str, text: str) -> bool:
    """Whether a word of the text begins so."""
    return re.search(f"(?<![\uac00-\ud7a3]){syllable}", text) is not None


def fit(asked: Asked, page: Page, cosines: Numbers | None, *, alike: Numbers | None = None) -> Fit:
    """Measures one passage of at least one sentence; `cosines` are those of its sentences with the question, `alike`
    says how alike each word is to the likest word of the passage."""
    anywhere = np.array([held(word, page.inside) for word in asked.words], dtype=float)
    inside = np.zeros((len(page.sentences), len(asked.words)))
    # What stands nowhere in a passage stands in none of its sentences.
    for column in anywhere.nonzero()[0].tolist():
        inside[:, column] = [held(asked.words[column], s.inside) for s in page.sentences]
    cover = inside @ asked.weights
    meant = np.zeros(len(inside)) if cosines is None else cosines
    likeness = _likeness(asked, page, anywhere, alike)
    lost = 1 - np.maximum(anywhere, np.clip((likeness - _ALIKE[0]) / _ALIKE[1], 0, 1))
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
        lost=lost,
        alike=float(likeness @ asked.weights),
        named=1 - float((lost * asked.of("name")).max(initial=0.0)),
    )


def _likeness(asked: Asked, page: Page, anywhere: Numbers, alike: Numbers | None) -> Numbers:
    """Of words to the passage; from the words that it holds where nothing else is known."""
    known: Numbers = _ALIKE[0] + (1 - _ALIKE[0]) * anywhere if alike is None else alike.copy()
    for place, word in enumerate(asked.words):
        if word.sounds and not anywhere[place] and word.sounds & _heard(page.body):
            known[place] = max(known[place], _SOUNDS_ALIKE)
    return known


@lru_cache(maxsize=_PAGES_HEARD)
def _heard(text: str) -> frozenset[str]:
    return frozenset[str]().union(*sounds(text))


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
    around = [page.inside.terms for i, page in enumerate(pages) if i != best]
    missed = {term: rarity for term, rarity in asked.terms.items() if term not in pages[best].inside.terms}
    found = {term: rarity for term, rarity in missed.items() if any(term in there for there in around)}
    whole = sum(asked.terms.values()) or 1.0
    length = math.log(1 + len(asked.words))
    peak = max(fit.best for fit in fits)
    verbs = asked.weights * asked.of("verb")
    likeliest = pages[best].sentences[int(chosen.scores.argmax())]
    margins = _margins(chosen, others)
    values = {
        "covered": length * chosen.covered,
        "best": peak,
        "peak": max(float(fit.cosines.max()) for fit in fits),
        "meaning": chosen.meaning,
        "missing": float((asked.rarities * (1 - chosen.anywhere)).max(initial=0.0)) / 8,
        "nowhere": sum(rarity for term, rarity in missed.items() if term not in found) / whole,
        "elsewhere": sum(found.values()) / whole,
        "numbers": _share([number in pages[best].inside.lower for number in asked.numbers]),
        "length": length,
        "length_best": length * peak,
        "alike": chosen.alike,
        "length_alike": length * chosen.alike,
        **_lost("name", asked, chosen, fits),
        **_lost("thing", asked, chosen, fits),
        "verbs_lost": float(chosen.lost @ verbs),
        "verbs_nowhere": float(np.min([fit.lost for fit in fits], axis=0) @ verbs),
        "uncounted": float(asked.how_many and not tells_a_number(likeliest.text)),
        **margins,
        # The longer the question, the more a lead says.
        **{f"length_{name}": length * margin for name, margin in margins.items()},
    }
    return np.array([values[name] for name in CLUES])


def _lost(kind: Kind, asked: Asked, chosen: Fit, fits: Sequence[Fit]) -> dict[str, float]:
    """The most that is missing of any such word: in this passage, and in all of them."""
    these = asked.of(kind)
    nowhere = these * np.min([fit.lost for fit in fits], axis=0)
    lost, rarities = these * chosen.lost, asked.rarities / 8
    return {
        f"{kind}_lost": float(lost.max(initial=0.0)),
        f"{kind}_nowhere": float(nowhere.max(initial=0.0)),
        f"rare_{kind}_lost": float((rarities * lost).max(initial=0.0)),
        f"rare_{kind}_nowhere": float((rarities * nowhere).max(initial=0.0)),
    }


def _margins(chosen: Fit, others: Sequence[Fit]) -> dict[str, float]:
    """By how much the passage leads the others."""
    return {
        "best_margin": chosen.best - _mean([other.best for other in others], "best"),
        "meaning_margin": chosen.meaning - _mean([other.meaning for other in others], "meaning"),
        "rare_margin": chosen.rare - _mean([other.rare for other in others], "rare"),
        "order_margin": chosen.order - _mean([other.order for other in others], "order"),
        "alike_margin": chosen.alike - _mean([other.alike for other in others], "alike"),
    }


def _mean(values: Sequence[float], unrelated: str) -> float:
    return sum(values) / len(values) if values else _UNRELATED[unrelated]


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0
