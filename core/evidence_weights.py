"""The weights of the evidence gate and of the choice of sentences, fitted by `benchmarks/evidence.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.clues import CLUES, Numbers
from core.extract import TELLS


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


# Cross-validated logistic regression on the public belebele-koen questions; the numbers of a passage in the
# question's language, in another language, and without vectors. `python -m benchmarks.evidence` makes them again.
ALONGSIDE = Weights(
    bias=-6.014,
    clues={
        "covered": 2.975,
        "best": -1.410,
        "peak": 3.507,
        "meaning": -2.774,
        "best_margin": 6.226,
        "meaning_margin": 9.274,
        "rare_margin": 2.047,
        "order_margin": -0.073,
        "missing": 1.729,
        "nowhere": -2.541,
        "elsewhere": -2.037,
        "numbers": 1.549,
        "length": -0.302,
        "length_best": 0.517,
    },
    opening=-3.228,
    tells={
        "meaning": 0.746,
        "cover": 3.293,
        "rare": -0.141,
        "passage": 4.866,
        "first": 1.094,
        "opening": -0.013,
        "cover_before": -0.148,
        "cover_after": -1.023,
        "score_before": 0.481,
        "score_after": 0.390,
    },
)

ACROSS = Weights(
    bias=1.062,
    clues={
        "covered": 4.408,
        "best": -5.117,
        "peak": 2.862,
        "meaning": 3.359,
        "best_margin": 10.245,
        "meaning_margin": 5.315,
        "rare_margin": -8.661,
        "order_margin": -0.987,
        "missing": -1.647,
        "nowhere": -3.269,
        "elsewhere": -9.070,
        "numbers": 1.998,
        "length": -1.164,
        "length_best": 5.528,
    },
    opening=-3.589,
    tells={
        "meaning": 5.567,
        "cover": 5.124,
        "rare": -4.953,
        "passage": 16.160,
        "first": 0.834,
        "opening": -0.107,
        "cover_before": 2.025,
        "cover_after": 3.136,
        "score_before": 0.408,
        "score_after": -1.126,
    },
)

WORDS_ALONE = Weights(
    bias=-6.529,
    clues={
        "covered": 2.047,
        "best": -0.230,
        "peak": 0.000,
        "meaning": 0.000,
        "best_margin": 1.685,
        "meaning_margin": -13.579,
        "rare_margin": 3.164,
        "order_margin": 0.268,
        "missing": 2.682,
        "nowhere": -3.084,
        "elsewhere": -2.298,
        "numbers": 1.687,
        "length": 0.020,
        "length_best": 1.743,
    },
    opening=-3.292,
    tells={
        "meaning": 0.000,
        "cover": 3.798,
        "rare": -0.376,
        "passage": 3.540,
        "first": 1.371,
        "opening": -0.048,
        "cover_before": 0.116,
        "cover_after": -0.332,
        "score_before": 0.116,
        "score_after": -0.332,
    },
)
