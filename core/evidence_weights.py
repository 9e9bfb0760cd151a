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
    bias=-3.891,
    clues={
        "covered": 1.104,
        "best": -0.794,
        "peak": 1.582,
        "meaning": -0.575,
        "best_margin": 4.506,
        "meaning_margin": 7.489,
        "rare_margin": 0.570,
        "order_margin": 0.025,
        "missing": 0.660,
        "nowhere": -1.778,
        "elsewhere": -2.533,
        "numbers": -0.681,
        "length": 0.224,
        "length_best": 0.773,
        "alike": 0.317,
        "length_alike": 1.390,
        "alike_margin": 2.873,
        "name_lost": -1.025,
        "name_nowhere": -0.352,
        "rare_name_lost": -1.713,
        "rare_name_nowhere": -0.618,
        "thing_lost": 0.910,
        "thing_nowhere": 0.187,
        "rare_thing_lost": -1.523,
        "rare_thing_nowhere": -0.799,
    },
    opening=-3.036,
    tells={
        "meaning": 0.876,
        "cover": 3.351,
        "rare": -0.337,
        "passage": 2.281,
        "first": 0.941,
        "opening": -0.040,
        "cover_before": 0.110,
        "cover_after": -1.086,
        "score_before": 0.056,
        "score_after": 0.381,
    },
)

ACROSS = Weights(
    bias=2.708,
    clues={
        "covered": 2.047,
        "best": 1.597,
        "peak": 0.819,
        "meaning": 3.373,
        "best_margin": 7.182,
        "meaning_margin": 5.058,
        "rare_margin": -8.934,
        "order_margin": -1.898,
        "missing": -3.034,
        "nowhere": -3.507,
        "elsewhere": -8.330,
        "numbers": 1.377,
        "length": -1.305,
        "length_best": 2.737,
        "alike": -3.084,
        "length_alike": 3.141,
        "alike_margin": 5.305,
        "name_lost": -0.213,
        "name_nowhere": -0.133,
        "rare_name_lost": -0.144,
        "rare_name_nowhere": -0.248,
        "thing_lost": -0.029,
        "thing_nowhere": -1.119,
        "rare_thing_lost": 0.464,
        "rare_thing_nowhere": 1.048,
    },
    opening=-3.160,
    tells={
        "meaning": 5.427,
        "cover": 5.583,
        "rare": -5.455,
        "passage": 7.120,
        "first": 0.596,
        "opening": -0.191,
        "cover_before": 2.557,
        "cover_after": 3.378,
        "score_before": -0.441,
        "score_after": -1.497,
    },
)

WORDS_ALONE = Weights(
    bias=-3.023,
    clues={
        "covered": 1.206,
        "best": 0.181,
        "peak": 0.000,
        "meaning": 0.000,
        "best_margin": 1.883,
        "meaning_margin": -9.269,
        "rare_margin": 1.907,
        "order_margin": 0.123,
        "missing": 1.649,
        "nowhere": -2.486,
        "elsewhere": -2.973,
        "numbers": -0.572,
        "length": 0.276,
        "length_best": 1.266,
        "alike": -1.584,
        "length_alike": 1.019,
        "alike_margin": 2.121,
        "name_lost": -0.920,
        "name_nowhere": -0.355,
        "rare_name_lost": -1.436,
        "rare_name_nowhere": -0.447,
        "thing_lost": 0.824,
        "thing_nowhere": 0.449,
        "rare_thing_lost": -1.518,
        "rare_thing_nowhere": -1.013,
    },
    opening=-3.172,
    tells={
        "meaning": 0.000,
        "cover": 3.820,
        "rare": -0.506,
        "passage": 2.019,
        "first": 1.276,
        "opening": -0.030,
        "cover_before": 0.100,
        "cover_after": -0.366,
        "score_before": 0.100,
        "score_after": -0.366,
    },
)
