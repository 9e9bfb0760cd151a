"""Writes the answer from what was found: by the model with checked citations, or as a quote."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import lru_cache

from core.channels import USUAL, ChannelSettings
from core.citations import Sieve, links, unsourced
from core.errors import SaseoError
from core.evidence import Verdict
from core.injection import instructs
from core.messages import render
from core.ports import Model
from core.prompt import NOT_FOUND, compose, fitting
from core.quote import quoted
from core.retrieval import Found
from core.sources import numbered
from core.types import Answer, Language, Question, Turn, Usage
from core.words import language

log = logging.getLogger(__name__)

PASSAGES_KEPT = 2000
"""Passages whose links stay known: people ask about the same ones again and again."""
TOLD = frozenset({"limits.budget"})
"""Reasons why the model does not write that are told as such."""
NEAREST = 3
"""Titles that are named when nothing was found."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What an answer may rest on."""

    found: tuple[Found, ...]
    verdict: Verdict


class Writer:
    """Turns evidence into an answer. `budget` bounds what the model reads, in characters."""

    def __init__(self, model: Model | None, *, budget: int) -> None:
        self._model = model
        self._budget = budget

    async def write(
        self, question: Question, ground: Ground, history: Sequence[Turn], settings: ChannelSettings = USUAL
    ) -> AsyncGenerator[str | Answer, None]:
        """The model's answer, or a quote where there is no model or it fails."""
        if self._model is None:
            yield _quote(question, ground, settings, note=None)
            return
        try:
            async with aclosing(self._modelled(question, ground, history, settings, self._model)) as parts:
                async for part in parts:
                    yield part
        except SaseoError as error:
            log.warning("quoting instead of the model: %s", error.code)
            note = error.code if error.code in TOLD else "chat.model_failed"
            yield _quote(question, ground, settings, note=note)

    async def _modelled(
        self, question: Question, ground: Ground, history: Sequence[Turn], settings: ChannelSettings, model: Model
    ) -> AsyncGenerator[str | Answer, None]:
        given = ground.found[: min(question.limit, fitting([item.passage.text for item in ground.found], self._budget))]
        messages = compose(
            question.text,
            [(item.document.title, item.passage.text) for item in given],
            history=history,
            language=settings.spoken(language(question.text)),
            budget=self._budget,
            settings=settings,
        )
        sieve = Sieve(passages=len(given), allowed=_trusted_links(given))
        text, usage = "", Usage()
        async with aclosing(model.stream(messages)) as parts:
            async for part in parts:
                if isinstance(part, Usage):
                    usage = part
                    continue
                shown, text = _showable(text, sieve.feed(part))
                if shown:
                    yield shown
        shown, text = _showable(text, sieve.finish())
        if _may_be_not_found(text):
            yield replace(not_found(question, ground, settings), model=model.name, usage=usage)
            return
        if shown:
            yield shown
        if not sieve.cited or (settings.only_sources and unsourced(text)):
            log.info("the model left out sources, quoting instead")
            yield replace(_quote(question, ground, settings, note="chat.uncited"), model=model.name, usage=usage)
            return
        sources, further = numbered(given, cited=[passage - 1 for passage in sieve.cited], limit=question.limit)
        yield Answer(
            question.id, text.strip(), "answered", sources=sources, further=further, model=model.name, usage=usage
        )


def _quote(question: Question, ground: Ground, settings: ChannelSettings, *, note: str | None) -> Answer:
    text, cited = quoted(ground.verdict.quotes, locale=locale_of(question, settings), note=note)
    sources, further = numbered(ground.found, cited=cited, limit=question.limit)
    return Answer(question.id, text, "quoted", sources=sources, further=further)


def not_found(question: Question, ground: Ground, settings: ChannelSettings = USUAL) -> Answer:
    """That the documents do not hold the answer, and the nearest of them."""
    titles = tuple(dict.fromkeys(found.document.title for found in ground.found))[:NEAREST]
    locale = locale_of(question, settings)
    text = render("chat.not_found", locale)
    if titles:
        listed = "\n".join(f"- {title}" for title in titles)
        text = f"{text}\n{render('chat.nearest', locale)}\n{listed}"
    return Answer(question.id, text, "not_found", nearest=titles)


def locale_of(question: Question, settings: ChannelSettings = USUAL) -> Language:
    """The language of fixed texts: that of the answer, else that of the author of the question."""
    asked = settings.spoken(language(question.text))
    return asked if asked != "other" else question.locale


def _trusted_links(found: Sequence[Found]) -> frozenset[str]:
    """Links that an answer may show: those of the documents, and those in passages that give no orders."""
    own = " ".join(item.document.url or "" for item in found)
    return links(own).union(*(_harmless_links(item.passage.text) for item in found))


@lru_cache(maxsize=PASSAGES_KEPT)
def _harmless_links(text: str) -> frozenset[str]:
    """Those of a passage that gives no orders."""
    found = links(text)
    return found if found and not instructs(text) else frozenset()


def _showable(before: str, piece: str) -> tuple[str, str]:
    """What to show of a piece, and the text so far. Nothing is shown while the text may still be nothing but the
    word that means "not in the documents"."""
    text = before + piece
    if _may_be_not_found(text):
        return "", text
    return (text if _may_be_not_found(before) else piece), text


def _may_be_not_found(text: str) -> bool:
    word = text.strip().strip(".`*\"'")
    return NOT_FOUND.startswith(word)
