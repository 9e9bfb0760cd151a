"""The answer without a model: the best sentences, verbatim, marked as a quote, each with its source."""

import re
from collections.abc import Sequence

from core.evidence import Quote
from core.messages import render

_FENCE = re.compile(r"\s*(?:```|~~~)")


def quoted(quotes: Sequence[Quote], *, locale: str, note: str | None = None) -> tuple[str, tuple[int, ...]]:
    """The text, and which passages it cites in the order of their numbers.

    `note` is the code of a sentence that says why this is a quote although a model is configured.
    """
    cited: list[int] = []
    lines: list[str] = []
    for quote in quotes:
        if quote.passage not in cited:
            cited.append(quote.passage)
        shown = _whole(quote.text.strip().splitlines())
        body = "\n".join(f"> {line}" for line in shown)
        # Behind a fence it would be taken for a part of it.
        gap = "\n> " if _FENCE.match(shown[-1]) else " "
        lines.append(f"{body}{gap}[{cited.index(quote.passage) + 1}]")
    opening = [render(note, locale)] if note else []
    return "\n".join([*opening, render("chat.quoted", locale), "", "\n\n".join(lines)]), tuple(cited)


def _whole(lines: list[str]) -> list[str]:
    """Lines with no code fence left open, which would swallow whatever stands below."""
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    if len(fences) % 2 == 0:
        return lines
    if fences[-1] == len(lines) - 1 and len(lines) > 1:
        return lines[:-1]
    return [*lines, lines[fences[-1]].strip()[:3]]
