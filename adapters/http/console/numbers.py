"""Numbers and days as a page writes them. Korean and English group digits alike; only days and units differ."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from core.messages import render

NONE = "–"
TEN = 10
"""Seconds from which on no decimal is shown."""


def number(value: int | None) -> str:
    """A count, with its thousands grouped."""
    return NONE if value is None else f"{value:,}"


def dollars(value: float | None) -> str:
    """An amount; one that is small with more decimals."""
    if value is None:
        return NONE
    return f"${value:,.2f}" if value == 0 or value >= 1 else f"${value:.4f}"


def seconds_text(value: float | None, locale: str) -> str:
    """A time."""
    if value is None:
        return NONE
    decimals = 2 if value < 1 else 1 if value < TEN else 0
    return render("questions.seconds", locale, seconds=f"{value:,.{decimals}f}")


def day_text(value: date, locale: str) -> str:
    """A day of this or the last year."""
    month = render("questions.months", locale).split()[value.month - 1]
    return render("questions.day", locale, month=month, day=value.day)


@pass_context
def _seconds(context: Context, value: float | None) -> str:
    return seconds_text(value, context["locale"])


@pass_context
def _day(context: Context, value: date) -> str:
    return day_text(value, context["locale"])


FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": number,
    "dollars": dollars,
    "seconds": _seconds,
    "day": _day,
}
"""By the names that templates know them by."""
