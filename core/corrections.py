"""Whether an answer still stands when what it rests on has changed: pure rules."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from core.answers import Answered, Citation
from core.sentences import sentences
from core.types import Answer
from core.words import content_terms, language, terms

ALIKE = 0.8
"""The share of their words that two sentences must have in common to say the same in other words."""
TOLD = 0.5
"""The share of a sentence's words that an answer must have in common with it to rest on it."""
SHOWN = 500
"""Characters of an excerpt that is shown."""

_CITED = re.compile(r"\[\d{1,3}\]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3})")
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w-]+")
_NOT = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|cannot|un(?:able|available)|except)\b|n't\b"
    r"|않|없|못하|못\s|안\s|아니|금지|불가|제외",
    re.IGNORECASE,
)
_MARK = re.compile(r"^\s*(?:[-*+•>|#]+\s*|\(?\d{1,3}[.)]\s+)+")


def plain(text: str) -> str:
    """A text as excerpts are looked for in it: no matter its spaces, its case and how its numbers are grouped."""
    return " ".join(_GROUPED.sub("", text).split()).casefold()


def lost(citations: Iterable[Citation], text: str) -> tuple[str, ...]:
    """The sentences of cited passages that a document no longer holds; `text` is the document's, made `plain`."""
    told = chain.from_iterable(_sentences(citation.excerpt) for citation in citations)
    return tuple(dict.fromkeys(sentence for sentence in told if plain(sentence) not in text))


def rested(old: Answered, gone: Sequence[str]) -> tuple[str, ...]:
    """Of the sentences that are gone, those that an answer rested on."""
    return tuple(sentence for sentence in gone if _rests(old, sentence))


def misled(old: Answered, gone: Sequence[str], new: Answer) -> tuple[str, ...]:
    """Of the sentences that are gone, those that an answer rested on and that say something else by now.

    Empty where whoever read the old answer knows what the new one says. An answer that is no longer found misleads
    with everything that it rested on.
    """
    lacking = rested(old, gone)
    if new.outcome == "not_found" or not lacking:
        return lacking
    if same(_unquoted(old.answer), _unquoted(new.text)):
        return ()
    told = [*_sentences(_unquoted(new.text)), *chain.from_iterable(_sentences(one.excerpt) for one in new.sources)]
    return tuple(sentence for sentence in lacking if not any(same(sentence, other) for other in told))


def same(one: str, other: str) -> bool:
    """Whether two texts say the same, perhaps in slightly different words: with the same numbers and names, and as
    much denied."""
    if plain(one) == plain(other):
        return True
    if numbers(one) != numbers(other) or _names(one) != _names(other) or _denials(one) != _denials(other):
        return False
    here, there = frozenset(terms(plain(one))), frozenset(terms(plain(other)))
    return len(here & there) >= ALIKE * len(here | there) > 0


def nearest(sentence: str, new: Answer, document_id: str) -> str:
    """What the new answer's sources say instead, from this document where it can be; empty where there is nothing."""
    own = [source.excerpt for source in new.sources if source.document_id == document_id]
    told = list(chain.from_iterable(_sentences(text) for text in own or [source.excerpt for source in new.sources]))
    wanted = frozenset(terms(sentence))
    return shown(max(told, key=lambda text: _overlap(wanted, text), default=""))


def shown(text: str) -> str:
    """An excerpt, short enough to be shown."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1].rstrip()}…"


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, however they are grouped; those of citations are none."""
    found = _NUMBER.findall(_GROUPED.sub("", _CITED.sub(" ", text)))
    return frozenset(found)


def _sentences(text: str) -> Iterator[str]:
    """Its sentences, without the marks of lists, headings and quotes."""
    return (_MARK.sub("", text[span.start : span.end]) for span in sentences(text))


def _rests(old: Answered, sentence: str) -> bool:
    """Whether an answer tells what a sentence says."""
    if plain(sentence) in plain(_unquoted(old.answer)):
        return True
    if old.outcome == "quoted":
        return False
    if language(sentence) != language(old.answer):
        return True
    if numbers(sentence) & numbers(old.answer) or _names(sentence) & _names(old.answer):
        return True
    wanted, said = frozenset(content_terms(sentence)), frozenset(content_terms(f"{old.text} {old.answer}"))
    return len(wanted & said) >= TOLD * len(wanted) > 0


def _unquoted(text: str) -> str:
    """What an answer says, as it stands in the documents where it is a quote."""
    return "\n".join(_MARK.sub("", line) for line in _CITED.sub("", text).splitlines())


def _overlap(wanted: frozenset[str], text: str) -> float:
    found = frozenset(terms(text))
    return len(wanted & found) / (len(wanted | found) or 1)


def _names(text: str) -> frozenset[str]:
    """Words that are written large in the middle of a sentence."""
    return frozenset(_NAME.findall(text))


def _denials(text: str) -> int:
    return len(_NOT.findall(text))
