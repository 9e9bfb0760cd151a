"""What the lexical indexes read of a passage and of a question."""

from core.ports import Entry
from core.words import content_terms, terms

QUESTION_CHARACTERS = 8_000
"""Of a longer question only the beginning is searched for."""
QUESTION_TERMS = 512

TITLE_BOOST = 0.5
"""A term in the title or heading counts this much of one in the body, and adds to it."""


def texts(entry: Entry) -> tuple[str, str]:
    """The body, and the title with the heading."""
    return entry.passage.text, f"{entry.title} {entry.passage.heading}"


def asked_terms(question: str) -> list[str]:
    """The different terms to search for, in order; words that merely ask count only where there are no others."""
    beginning = question[:QUESTION_CHARACTERS]
    found = content_terms(beginning) or terms(beginning)
    return list(dict.fromkeys(found))[:QUESTION_TERMS]
