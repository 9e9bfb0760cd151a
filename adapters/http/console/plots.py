"""Plots as columns of parts, in a square of a hundred: where they stand and how high. Pure; templates draw them.

A drawing is stretched to whatever room there is, so it holds no text: labels stand around it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

HEIGHT = 100.0
STEP = 10
"""From one column to the next."""
NICE = (1, 2, 5, 10)

Values = Mapping[str, float | None]
"""Numbers by what they are of; None: there is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a column, by what it is of."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """What is drawn for one day."""

    day: date
    x: int
    parts: tuple[Part, ...]
    values: Values


@dataclass(frozen=True, slots=True)
class Plot:
    """Columns of equal width, and what the upper edge stands for."""

    columns: tuple[Column, ...]
    top: float

    @property
    def width(self) -> int:
        """Of the drawing."""
        return STEP * len(self.columns)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What there are values of, in their order."""
        return tuple(self.columns[0].values) if self.columns else ()

    @property
    def highest(self) -> Column | None:
        """The column with the most; None where there is nothing at all."""
        best = max(self.columns, key=lambda column: _reach(column.parts), default=None)
        return best if best is not None and best.parts else None


def stacked(days: Sequence[tuple[date, Values]]) -> Plot:
    """Columns whose parts stand on each other, the first one at the bottom."""
    top = nice(max((sum(value or 0 for value in values.values()) for _, values in days), default=0))
    columns = []
    for number, (day, values) in enumerate(days):
        parts, below = [], 0.0
        for kind, value in values.items():
            if value:
                below += value
                parts.append(Part(kind, _y(below, top), round(HEIGHT * value / top, 2)))
        columns.append(Column(day, number * STEP, tuple(parts), values))
    return Plot(tuple(columns), top)


def overlaid(days: Sequence[tuple[date, Values]]) -> Plot:
    """Columns whose parts all stand on the ground, the later ones in front."""
    top = nice(max((value or 0 for _, values in days for value in values.values()), default=0))
    columns = [
        Column(
            day,
            number * STEP,
            tuple(
                Part(kind, _y(value, top), round(HEIGHT * value / top, 2)) for kind, value in values.items() if value
            ),
            values,
        )
        for number, (day, values) in enumerate(days)
    ]
    return Plot(tuple(columns), top)


def nice(value: float) -> float:
    """The next 1, 2 or 5 with zeros, at least as large; 1 for nothing."""
    if value <= 0:
        return 1.0
    ten = 10.0 ** floor(log10(value))
    return next(ten * step for step in NICE if ten * step >= value * (1 - 1e-9))


def _y(value: float, top: float) -> float:
    return round(HEIGHT * (1 - value / top), 2)


def _reach(parts: tuple[Part, ...]) -> float:
    return max((HEIGHT - part.y for part in parts), default=0.0)
