"""Answers a question: claim, session lock, history, retrieval, evidence gate, model, citations, memory."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from core.citations import Sieve, links
from core.errors import Refused, SaseoError, Unavailable
from core.evidence import Evidence, Verdict
from core.followup import in_context, leans
from core.injection import instructs
from core.locks import Locks
from core.messages import render
from core.ports import Answers, Claims, History, Model, Shelves
from core.prompt import NOT_FOUND, compose
from core.quote import quoted
from core.retrieval import Found, Retrieval
from core.smalltalk import reply
from core.types import GUIDE, Answer, Audience, Question, Source, Turn, Usage
from core.words import language, normalise

log = logging.getLogger(__name__)

QUESTION_LIMIT = 8000
"""Characters; more is a document rather than a question."""
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one answer; times in seconds, sizes in characters."""

    history_turns: int = 12
    context: int = 12_000
    claim_seconds: float = 3600.0
    waiting: int = 50


@dataclass(frozen=True, slots=True)
class Ground:
    """What an answer may rest on."""

    found: tuple[Found, ...]
    verdict: Verdict


class Chat:
    """Core of the bot. It sends nothing: adapters deliver what it yields."""

    def __init__(
        self,
        *,
        retrieval: Retrieval,
        evidence: Evidence,
        shelves: Shelves,
        history: History,
        answers: Answers,
        claims: Claims,
        model: Model | None,
        limits: Limits = Limits(),
    ) -> None:
        self._retrieval = retrieval
        self._evidence = evidence
        self._shelves = shelves
        self._history = history
        self._answers = answers
        self._claims = claims
        self._model = model
        self._limits = limits
        self._locks = Locks(waiting=limits.waiting)

    async def ask(self, question: Question) -> Answer:
        """The whole answer at once; raises like `stream`."""
        async for part in self.stream(question):
            if isinstance(part, Answer):
                return part
        raise AssertionError("a stream ends with its answer")

    async def stream(self, question: Question) -> AsyncIterator[str | Answer]:
        """Text as it is written, then the Answer, whose text is the one that counts.

        Raises Refused for a question that cannot be asked and for one that was answered before, Unavailable when
        too many wait in this session. Every other trouble ends in an Answer with outcome `failed`.
        """
        started = time.monotonic()
        question = replace(question, text=cleaned(question.text))
        if not await self._claims.claim(f"answer:{question.id}", seconds=self._limits.claim_seconds):
            raise Refused("chat.duplicate")
        finished = False
        try:
            async with self._locks.hold(str(question.session)):
                async for part in self._guarded(question):
                    if isinstance(part, str):
                        yield part
                        continue
                    answer = replace(part, elapsed=time.monotonic() - started)
                    await self._remember(question, answer)
                    finished = True
                    yield answer
        finally:
            if not finished:
                await asyncio.shield(self._claims.release(f"answer:{question.id}"))

    async def _guarded(self, question: Question) -> AsyncIterator[str | Answer]:
        """Turns every trouble on the way into an answer that says so."""
        try:
            async for part in self._answer(question):
                yield part
        except SaseoError as error:
            reference = secrets.token_hex(4)
            log.warning("answer failed: %s (reference %s)", error.code, reference)
            text = render("chat.trouble", _locale(question), reason=error.text(_locale(question)), reference=reference)
            yield Answer(id=question.id, text=text, outcome="failed", reference=reference)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("answer failed (reference %s)", reference)
            text = render("chat.bug", _locale(question), reference=reference)
            yield Answer(id=question.id, text=text, outcome="failed", reference=reference)

    async def _answer(self, question: Question) -> AsyncIterator[str | Answer]:
        greeting = reply(question.text)
        if greeting is not None:
            yield Answer(id=question.id, text=render(greeting, _locale(question)), outcome="answered")
            return
        history = (*await self._past(question), *question.context)
        for _ in range(2):
            ground = await self._ground(question, history)
            if not ground.verdict.enough:
                yield self._not_found(question, ground)
                return
            answer: Answer | None = None
            async for part in self._written(question, ground, history):
                if isinstance(part, str):
                    yield part
                else:
                    answer = part
            if answer is not None and await self._stands(question, ground):
                yield answer
                return
        yield self._not_found(question, Ground((), ground.verdict))

    async def _past(self, question: Question) -> Sequence[Turn]:
        try:
            return await self._history.recent(question.session, limit=self._limits.history_turns)
        except Unavailable as error:
            log.warning("answering without history: %s", error.code)
            return ()

    async def _ground(self, question: Question, history: Sequence[Turn]) -> Ground:
        """The best evidence: for the question alone, understood through the history, then in Saseo's own guide."""
        whole = in_context(question.text, history)
        texts = [question.text] if whole is None else [question.text, whole]
        if whole is not None and leans(question.text):
            texts.reverse()
        best: Ground | None = None
        for text in texts:
            ground = await self._look(question, text, question.audience)
            if ground.verdict.enough:
                return ground
            best = best or ground
        guide = await self._look(question, texts[0], Audience.of(GUIDE))
        return guide if guide.verdict.enough or best is None else best

    async def _look(self, question: Question, text: str, audience: Audience) -> Ground:
        found = await self._retrieval.search(
            text, audience=audience, limit=question.limit, filters=question.filters or None
        )
        return Ground(found, await self._evidence.weigh(text, found))

    async def _written(
        self, question: Question, ground: Ground, history: Sequence[Turn]
    ) -> AsyncIterator[str | Answer]:
        """The model's answer, or a quote where there is no model or it fails."""
        if self._model is None:
            yield self._quote(question, ground, note=None)
            return
        try:
            async for part in self._modelled(question, ground, history, self._model):
                yield part
        except SaseoError as error:
            log.warning("quoting instead of the model: %s", error.code)
            yield self._quote(question, ground, note="chat.model_failed")

    async def _modelled(
        self, question: Question, ground: Ground, history: Sequence[Turn], model: Model
    ) -> AsyncIterator[str | Answer]:
        passages = [(found.document.title, found.passage.text) for found in ground.found]
        messages = compose(
            question.text,
            passages,
            history=history,
            language=language(question.text),
            budget=self._limits.context,
        )
        sieve = Sieve(passages=len(passages), allowed=_trusted_links(ground.found))
        text, usage = "", Usage()
        async for part in model.stream(messages):
            if isinstance(part, Usage):
                usage = part
                continue
            shown, text = _showable(text, sieve.feed(part))
            if shown:
                yield shown
        shown, text = _showable(text, sieve.finish())
        if _may_be_not_found(text):
            yield replace(self._not_found(question, ground), model=model.name, usage=usage)
            return
        if shown:
            yield shown
        if not sieve.cited:
            log.info("the model cited nothing, quoting instead")
            yield replace(self._quote(question, ground, note="chat.uncited"), model=model.name, usage=usage)
            return
        sources, further = _sources(ground.found, cited=[passage - 1 for passage in sieve.cited])
        yield Answer(
            question.id, text.strip(), "answered", sources=sources, further=further, model=model.name, usage=usage
        )

    async def _stands(self, question: Question, ground: Ground) -> bool:
        """Whether everything the answer was made from may still be read: it can be forgotten meanwhile."""
        keys = {found.passage.key for found in ground.found}
        audience = Audience(question.audience.scopes | {GUIDE})
        return keys <= (await self._shelves.resolve(keys, audience)).keys()

    def _quote(self, question: Question, ground: Ground, *, note: str | None) -> Answer:
        text, cited = quoted(ground.verdict.quotes, locale=_locale(question), note=note)
        sources, further = _sources(ground.found, cited=cited)
        return Answer(question.id, text, "quoted", sources=sources, further=further)

    def _not_found(self, question: Question, ground: Ground) -> Answer:
        titles = tuple(dict.fromkeys(found.document.title for found in ground.found))[:NEAREST]
        text = render("chat.not_found", _locale(question))
        if titles:
            listed = "\n".join(f"- {title}" for title in titles)
            text = f"{text}\n{render('chat.nearest', _locale(question))}\n{listed}"
        return Answer(question.id, text, "not_found", nearest=titles)

    async def _remember(self, question: Question, answer: Answer) -> None:
        """Memory is kept where it can be; the answer goes out in any case."""
        try:
            if answer.outcome != "failed":
                turns = (Turn("human", question.text), Turn("ai", answer.text))
                await self._history.append(question.session, turns)
            await self._answers.record(question, answer)
        except Unavailable as error:
            log.warning("the answer could not be remembered: %s", error.code)


def cleaned(text: str) -> str:
    """A question without control characters; Refused when nothing is left or it is too long."""
    kept = "".join(char if char.isprintable() or char in "\n\t" else " " for char in normalise(text)).strip()
    if not any(char.isalnum() or not char.isascii() for char in kept):
        raise Refused("chat.empty")
    if len(kept) > QUESTION_LIMIT:
        raise Refused("chat.too_long", limit=QUESTION_LIMIT)
    return kept


def _locale(question: Question) -> str:
    asked = language(question.text)
    return asked if asked != "other" else question.locale


def _trusted_links(found: Sequence[Found]) -> frozenset[str]:
    """Links that an answer may show: those of the documents, and those in passages that give no orders."""
    own = " ".join(item.document.url or "" for item in found)
    return links(own).union(*(links(item.passage.text) for item in found if not instructs(item.passage.text)))


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


def _sources(found: Sequence[Found], *, cited: Sequence[int]) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """The cited passages in the order of their numbers, and the others after them."""
    others = [index for index in range(len(found)) if index not in cited]
    numbered = [as_source(number, found[index]) for number, index in enumerate([*cited, *others], start=1)]
    return tuple(numbered[: len(cited)]), tuple(numbered[len(cited) :])


def as_source(number: int, found: Found) -> Source:
    """A passage as a reader sees it."""
    document, passage = found.document, found.passage
    return Source(
        number=number,
        document_id=document.id,
        title=document.title,
        excerpt=passage.text,
        url=document.url,
        page=passage.page,
        heading=passage.heading,
        score=found.score,
        read_at=document.read_at,
        metadata=document.metadata,
    )
