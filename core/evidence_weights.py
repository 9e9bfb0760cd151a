"""The weights of the evidence gate and of the choice of sentences, fitted by `benchmarks/evidence.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.clues import CLUES
from core.extract import TELLS
from core.question_words import Numbers


@dataclass(frozen=True)
class Weights:
    """Two logistic models: is there enough evidence (`bias`: a half is the gate), and is this sentence the answer."""

    bias: float
    clues: Mapping[str, float]
    opening: float
    tells: Mapping[str, float]

    def enough(self, numbers: Numbers) -> float:
        """The logit for the numbers named in `CLUES`."""
        return self.bias + float(self._clues @ numbers)

    def quoted(self, numbers: Numbers) -> Numbers:
        """A logit a row, shape (sentences,), for the numbers named in `TELLS`, shape (sentences, len(TELLS))."""
        logits: Numbers = self.opening + numbers @ self._tells
        return logits

    @cached_property
    def _clues(self) -> Numbers:
        return np.array([self.clues.get(name, 0.0) for name in CLUES])

    @cached_property
    def _tells(self) -> Numbers:
        return np.array([self.tells.get(name, 0.0) for name in TELLS])


# Cross-validated logistic regression on the public belebele-koen questions and a little of chroma-chunk; the numbers of
# a passage in the question's language, in another one, and without vectors. `python -m benchmarks.evidence` makes them.
ALONGSIDE = Weights(
    bias=-3.168,
    clues={
        "covered": 0.783,
        "best": -0.178,
        "peak": 1.422,
        "meaning": 0.036,
        "best_margin": 1.840,
        "meaning_margin": 4.356,
        "rare_margin": -0.323,
        "order_margin": -0.375,
        "missing": 0.018,
        "nowhere": -1.692,
        "elsewhere": -2.388,
        "numbers": -0.662,
        "length": -0.145,
        "length_best": 0.390,
        "alike": 0.867,
        "length_alike": 0.892,
        "alike_margin": 1.354,
        "name_lost": -0.905,
        "name_nowhere": -0.514,
        "rare_name_lost": -1.515,
        "rare_name_nowhere": -0.807,
        "thing_lost": 0.959,
        "thing_nowhere": 0.153,
        "rare_thing_lost": -1.131,
        "rare_thing_nowhere": -0.697,
        "verbs_lost": 2.107,
        "verbs_nowhere": -1.064,
        "uncounted": -2.370,
        "length_best_margin": 1.701,
        "length_meaning_margin": 1.510,
        "length_rare_margin": 0.669,
        "length_order_margin": 0.464,
        "length_alike_margin": 1.558,
    },
    opening=-3.024,
    tells={
        "meaning": 0.868,
        "cover": 3.364,
        "rare": -0.346,
        "passage": 2.287,
        "first": 0.930,
        "opening": -0.042,
        "cover_before": 0.130,
        "cover_after": -1.073,
        "score_before": 0.039,
        "score_after": 0.372,
    },
)

ACROSS = Weights(
    bias=2.757,
    clues={
        "covered": 1.930,
        "best": 1.503,
        "peak": 0.810,
        "meaning": 3.467,
        "best_margin": 7.129,
        "meaning_margin": 4.902,
        "rare_margin": -8.914,
        "order_margin": -2.027,
        "missing": -2.936,
        "nowhere": -3.589,
        "elsewhere": -8.346,
        "numbers": 1.438,
        "length": -1.255,
        "length_best": 2.756,
        "alike": -2.851,
        "length_alike": 2.954,
        "alike_margin": 5.565,
        "name_lost": -0.311,
        "name_nowhere": -0.012,
        "rare_name_lost": -0.223,
        "rare_name_nowhere": -0.006,
        "thing_lost": -0.303,
        "thing_nowhere": -0.955,
        "rare_thing_lost": 0.234,
        "rare_thing_nowhere": 1.191,
        "verbs_lost": 0.000,
        "verbs_nowhere": 0.000,
        "uncounted": 0.000,
        "length_best_margin": 0.000,
        "length_meaning_margin": 0.000,
        "length_rare_margin": 0.000,
        "length_order_margin": 0.000,
        "length_alike_margin": 0.000,
    },
    opening=-3.106,
    tells={
        "meaning": 5.391,
        "cover": 5.672,
        "rare": -5.537,
        "passage": 7.451,
        "first": 0.562,
        "opening": -0.196,
        "cover_before": 2.599,
        "cover_after": 3.401,
        "score_before": -0.507,
        "score_after": -1.530,
    },
)

WORDS_ALONE = Weights(
    bias=-2.680,
    clues={
        "covered": 0.559,
        "best": 0.954,
        "peak": 0.000,
        "meaning": 0.000,
        "best_margin": 0.316,
        "meaning_margin": -6.452,
        "rare_margin": -0.111,
        "order_margin": -0.618,
        "missing": 0.866,
        "nowhere": -2.296,
        "elsewhere": -2.540,
        "numbers": -0.574,
        "length": 0.036,
        "length_best": 0.584,
        "alike": -0.183,
        "length_alike": 0.520,
        "alike_margin": 0.383,
        "name_lost": -0.604,
        "name_nowhere": -0.591,
        "rare_name_lost": -1.194,
        "rare_name_nowhere": -0.710,
        "thing_lost": 0.815,
        "thing_nowhere": 0.401,
        "rare_thing_lost": -1.127,
        "rare_thing_nowhere": -0.871,
        "verbs_lost": 1.571,
        "verbs_nowhere": -0.814,
        "uncounted": -1.760,
        "length_best_margin": 1.188,
        "length_meaning_margin": -1.592,
        "length_rare_margin": 1.177,
        "length_order_margin": 0.655,
        "length_alike_margin": 2.044,
    },
    opening=-3.165,
    tells={
        "meaning": 0.000,
        "cover": 3.848,
        "rare": -0.530,
        "passage": 2.028,
        "first": 1.265,
        "opening": -0.031,
        "cover_before": 0.105,
        "cover_after": -0.362,
        "score_before": 0.105,
        "score_after": -0.362,
    },
)
