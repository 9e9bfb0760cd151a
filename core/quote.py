"""The answer without a model: the best sentences, verbatim, marked as a quote, each with its source."""

from collections.abc import Sequence

from core.evidence import Quote
from core.messages import render


def quoted(quotes: Sequence[Quote], *, locale: str, note: str | None = None) -> tuple[str, tuple[int, ...]]:
    """The text, and which passages it cites in the order of their numbers.

    `note` is the code of a sentence that says why this is a quote although a model is configured.
    """
    cited: list[int] = []
    lines: list[str] = []
    for quote in quotes:
        if quote.passage not in cited:
            cited.append(quote.passage)
        body = "\n".join(f"> {line}" for line in quote.text.strip().splitlines())
        lines.append(f"{body} [{cited.index(quote.passage) + 1}]")
    opening = [render(note, locale)] if note else []
    return "\n".join([*opening, render("chat.quoted", locale), "", "\n\n".join(lines)]), tuple(cited)
