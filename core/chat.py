"""Answers a question: claim, session lock, history, retrieval, evidence gate, model, citations, memory."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from core.allowed import Allowed
from core.answers import Answers
from core.channels import USUAL, ChannelSettings
from core.errors import Refused, SaseoError, Unavailable
from core.evidence import Evidence
from core.followup import Sense, leans, senses
from core.limits import Gate
from core.locks import Locks
from core.measured import asking
from core.measuring import SILENT, Recorder, measured
from core.messages import render
from core.metrics import CLAIMS, QUESTIONS_UNDER_WAY, SEARCHES
from core.narrowing import allowed
from core.ports import Claims, History, Model, Shelves
from core.retrieval import Retrieval
from core.room import Room
from core.smalltalk import reply
from core.types import GUIDE, Answer, Audience, Question, Session, Turn
from core.words import normalise
from core.writing import Ground, Writer, locale_of, not_found

log = logging.getLogger(__name__)

QUESTION_LIMIT = 8000
"""Characters; more is a document rather than a question."""
WEIGHED = 5
"""Passages that the evidence is weighed by: beside its neighbours a good one stands out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one answer; times in seconds, sizes in characters."""

    history_turns: int = 12
    context: int = 12_000
    claim_seconds: float = 3600.0
    waiting: int = 50


async def _as_usual(_: Session) -> ChannelSettings:
    return USUAL


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
        gate: Gate | None = None,
        room: Room | None = None,
        guide_ready: Callable[[], Awaitable[None]] | None = None,
        settings: Callable[[Session], Awaitable[ChannelSettings]] = _as_usual,
        recorder: Recorder = SILENT,
    ) -> None:
        """`guide_ready` returns once Saseo's own guide has been read, which goes on after a start. `settings` are
        those of the channel of a session."""
        self._retrieval = retrieval
        self._evidence = evidence
        self._shelves = shelves
        self._history = history
        self._answers = answers
        self._claims = claims
        self._writer = Writer(model, budget=limits.context)
        self._limits = limits
        self._guide_ready = guide_ready
        self._settings = settings
        self._gate = gate
        self.room = room or Room()
        self._locks = Locks(waiting=limits.waiting)
        self._recorder = recorder
        self._under_way = 0

    async def ask(self, question: Question) -> Answer:
        """The whole answer at once; raises like `stream`."""
        return [part async for part in self.stream(question) if isinstance(part, Answer)][-1]

    async def stream(self, question: Question) -> AsyncGenerator[str | Answer, None]:
        """Text as it is written, then the Answer, whose text is the one that counts.

        Raises Refused for a question that cannot be asked, was answered before or is one too many by a limit,
        Unavailable when too many wait, here or in all. Every other trouble ends in an Answer with outcome `failed`.
        """
        self._count(1)
        try:
            with asking(self._recorder, question) as told, self.room.enter():
                async with aclosing(self._once(question)) as parts:
                    async for part in parts:
                        if isinstance(part, Answer):
                            told(part)
                        yield part
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        self._under_way += more
        self._recorder.set(QUESTIONS_UNDER_WAY, self._under_way)

    async def _once(self, question: Question) -> AsyncGenerator[str | Answer, None]:
        """Answers a question that nobody else answers."""
        started = time.monotonic()
        question = replace(question, text=cleaned(question.text))
        with measured(self._recorder, "claim"):
            free = await self._claims.claim(f"answer:{question.id}", seconds=self._limits.claim_seconds)
        self._recorder.add(CLAIMS, outcome="taken" if free else "lost")
        if not free:
            raise Refused("chat.duplicate")
        finished = False
        try:
            async with self._locks.hold(str(question.session)), self.room.turn():
                near = await self._gate.admit(question, locale=locale_of(question)) if self._gate is not None else ""
                question = replace(question, context=(*await self._past(question), *question.context))
                async with aclosing(self._guarded(question)) as parts:
                    async for part in parts:
                        if isinstance(part, str):
                            yield part
                            continue
                        answer = replace(part, elapsed=time.monotonic() - started)
                        await self._remember(question, answer)
                        finished = True
                        yield replace(answer, text=f"{answer.text}\n\n{near}") if near else answer
        finally:
            if not finished:
                await asyncio.shield(self._claims.release(f"answer:{question.id}"))

    async def reconsider(self, question: Question) -> Answer:
        """The answer as it is by now, where `question.context` is all that was said before, and from documents of its
        audience alone. Nothing is claimed and nothing remembered. Raises Refused or Unavailable."""
        async with aclosing(self._answer(replace(question, text=cleaned(question.text)), guide=False)) as parts:
            return [part async for part in parts if isinstance(part, Answer)][-1]

    async def _guarded(self, question: Question) -> AsyncGenerator[str | Answer, None]:
        """Turns every trouble on the way into an answer that says so."""
        try:
            async with aclosing(self._answer(question, guide=True)) as parts:
                async for part in parts:
                    yield part
        except SaseoError as error:
            reference = secrets.token_hex(4)
            log.warning("answer failed: %s (reference %s)", error.code, reference)
            text = render(
                "chat.trouble", locale_of(question), reason=error.text(locale_of(question)), reference=reference
            )
            yield Answer(id=question.id, text=text, outcome="failed", reference=reference)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("answer failed (reference %s)", reference)
            text = render("chat.bug", locale_of(question), reference=reference)
            yield Answer(id=question.id, text=text, outcome="failed", reference=reference)

    async def _answer(self, question: Question, *, guide: bool) -> AsyncGenerator[str | Answer, None]:
        settings = await self._settings(question.session)
        greeting = None if settings.only_sources else reply(question.text)
        if greeting is not None:
            yield Answer(id=question.id, text=render(greeting, locale_of(question, settings)), outcome="answered")
            return
        history, here = question.context, allowed(settings.sources, question.session)
        for _ in range(2):
            ground = await self._ground(question, history, here, guide=guide)
            if not ground.verdict.enough:
                yield not_found(question, ground, settings)
                return
            answer: Answer | None = None
            async with aclosing(self._writer.write(question, ground, history, settings)) as parts:
                async for part in parts:
                    if isinstance(part, str):
                        yield part
                    else:
                        answer = part
            if answer is not None and await self._stands(question, ground):
                yield answer
                return
        yield not_found(question, Ground((), ground.verdict), settings)

    async def _past(self, question: Question) -> Sequence[Turn]:
        try:
            with measured(self._recorder, "history"):
                return await self._history.recent(question.session, limit=self._limits.history_turns)
        except SaseoError as error:
            log.warning("answering without history: %s", error.code)
            return ()

    async def _ground(
        self, question: Question, history: Sequence[Turn], here: Allowed | None, *, guide: bool
    ) -> Ground:
        """The best evidence, in the question's likeliest sense first; then the same in Saseo's own guide, where that
        may be used."""
        ways = senses(question.text, history)
        ground = await self._best(question, ways, question.audience, here)
        if ground.verdict.enough or not guide or (here is not None and GUIDE not in here.scopes):
            return ground
        if self._guide_ready is not None:
            await self._guide_ready()
        own = await self._best(question, ways, Audience.of(GUIDE), None)
        return own if own.verdict.enough else ground

    async def _best(
        self, question: Question, ways: Sequence[Sense], audience: Audience, here: Allowed | None
    ) -> Ground:
        """The first sense with enough evidence; without any, what was found for the likeliest."""
        grounds: list[Ground] = []
        for sense in ways:
            limit = max(question.limit, WEIGHED)
            with measured(self._recorder, "retrieve"):
                found = await self._retrieval.search(
                    sense.text, audience=audience, limit=limit, filters=question.filters or None, allowed=here
                )
            with measured(self._recorder, "evidence"):
                ground = Ground(found, await self._evidence.weigh(sense.text, found, new=sense.new))
            self._recorder.add(SEARCHES, evidence="enough" if ground.verdict.enough else "little")
            if ground.verdict.enough:
                return ground
            grounds.append(ground)
        return grounds[0]

    async def _stands(self, question: Question, ground: Ground) -> bool:
        """Whether everything the answer was made from may still be read: it can be forgotten meanwhile."""
        keys = {found.passage.key for found in ground.found}
        audience = Audience(question.audience.scopes | {GUIDE})
        with measured(self._recorder, "citations"):
            return keys <= (await self._shelves.resolve(keys, audience)).keys()

    async def _remember(self, question: Question, answer: Answer) -> None:
        """Memory is kept where it can be; the answer goes out in any case."""
        asked = question if leans(question.text) else replace(question, context=())
        kept = [self._answers.record(asked, answer)]
        if answer.outcome != "failed":
            turns = (Turn("human", question.text), Turn("ai", answer.text))
            kept.append(self._history.append(question.session, turns))
        # Side by side, so that they share a flush to the disk.
        with measured(self._recorder, "remember"):
            troubles = await asyncio.gather(*kept, return_exceptions=True)
        for trouble in troubles:
            if isinstance(trouble, Unavailable):
                log.warning("the answer could not be remembered: %s", trouble.code)
            elif trouble is not None:
                raise trouble


def cleaned(text: str) -> str:
    """A question without control characters; Refused when nothing is left or it is too long."""
    kept = "".join(char if char.isprintable() or char in "\n\t" else " " for char in normalise(text)).strip()
    if not any(char.isalnum() or not char.isascii() for char in kept):
        raise Refused("chat.empty")
    if len(kept) > QUESTION_LIMIT:
        raise Refused("chat.too_long", limit=QUESTION_LIMIT)
    return kept
