"""From an accepted question to its answer in Slack, and on again after a crash."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from adapters.resting import MOST_TIMES, named, rested_on, stands
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.delivery import Delivery
from adapters.slack.inbound import Asked, Me
from adapters.slack.mailbox import Mailbox, Server
from adapters.slack.membership import Membership
from adapters.slack.outbound import Post, posts, said
from adapters.slack.replies import Replies, Told
from adapters.slack.threads import thread_so_far
from core.audience import audience
from core.channels import SessionScope
from core.errors import SaseoError, Unavailable
from core.inbox import Accepted, Inbox
from core.measuring import measured
from core.messages import render
from core.saseo import Saseo
from core.types import Answer, Language, Question, Session
from core.words import language

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 50
"""A question that ended the process so often is not tried again."""
DELIVERY_WAITS = (2.0, 5.0, 15.0, 60.0, *(120.0,) * 180)
"""Seconds between attempts to deliver while Slack cannot be reached: six hours, and then at the next start."""


async def _at_once(_: str) -> None:
    """Nothing is shared with questions."""


@dataclass(slots=True)
class Answering:
    """Answers what was accepted, for one workspace."""

    saseo: Saseo
    api: Api
    me: Me
    membership: Membership
    replies: Replies
    clock: Callable[[], datetime]
    session_scope: SessionScope = "channel"
    server: Server = field(default_factory=Server)
    settled: Callable[[str], Awaitable[None]] = _at_once
    """Waits until what was shared with a question is read."""

    @property
    def inbox(self) -> Inbox:
        """Where the questions are kept."""
        return self.saseo.inbox

    async def answer(self, item: Accepted) -> None:
        """Answers one question and finishes it. Raises Refused when the token is dead."""
        asked = Asked.load(item.body)
        mailbox = self._mailbox(item, asked)
        delivery = Delivery(mailbox, locale=self.membership.first_locale(asked), clock=self.clock)
        if item.answer is not None:
            delivery.documents = frozenset(item.answer.get("documents", ()))
            if await self._deliver(delivery, mailbox, _loaded(item), Told.of(item, self.inbox)):
                return
        elif asked.way != "private":
            delivery.begin()
        for time in range(MOST_TIMES):
            again = time + (item.answer is not None)
            if await self._answered(item, asked, mailbox, delivery, again=again):
                return
        delivery.documents = frozenset()
        locale = self.membership.first_locale(asked)
        given_up = self._reference("what answers rest on was forgotten %d times", locale, MOST_TIMES)
        await self._deliver(delivery, mailbox, [said(given_up)], Told.of(item, self.inbox))

    async def _answered(
        self, item: Accepted, asked: Asked, mailbox: Mailbox, delivery: Delivery, *, again: int
    ) -> bool:
        """Whether it is answered; False where what the answer rests on was forgotten before it stood."""
        try:
            told = await self._told(item, asked, delivery, again=again)
        except BaseException:
            await asyncio.shield(delivery.stop())
            raise
        if not told:
            await delivery.clear()
            await self.inbox.finish(item.id)
            return True
        written = {"posts": [post.dump() for post in told], "documents": sorted(delivery.documents)}
        await self.inbox.written(item.id, written)
        return await self._deliver(delivery, mailbox, told, Told.of(item, self.inbox))

    def _mailbox(self, item: Accepted, asked: Asked) -> Mailbox:
        known = [name.rpartition(":")[2] for name in item.messages if not name.startswith(f"{item.id}:")]
        claims = item.posting == asked.place
        return Mailbox(self.api, self.inbox, self.server, self.me, asked, known, again=item.attempt > 1, claims=claims)

    async def _told(self, item: Accepted, asked: Asked, delivery: Delivery, *, again: int) -> Sequence[Post]:
        """What there is to say. Every failure is a sentence; nothing, where another process has answered."""
        delivery.documents = frozenset()
        locale: Language = "en"
        try:
            place, locale = await asyncio.gather(self.membership.place(asked), self.membership.locale(asked.user))
            if item.attempt > MOST_ATTEMPTS:
                return [said(self._reference("gave up a question after %d attempts", locale, item.attempt))]
            channel = asked.channel_session
            settings = await self.saseo.channels.lately(channel)
            if place.kind != "direct":
                await self.saseo.channels.note(channel)
            question = Question(
                id=named(item, again=again),
                session=session_of(asked, scope=settings.session_scope or self.session_scope),
                thread=asked.place if asked.thread else "",
                text=asked.text,
                audience=audience(place),
                author=asked.user,
                locale=locale,
                context=await thread_so_far(self.api, self.me, asked) if asked.joins else (),
            )
            if asked.files and not question.text:
                # What became of the files is told by itself.
                return []
            await self.settled(asked.id)
            return await self._asked(question, asked, delivery)
        except SaseoError as error:
            if error.code == "slack.token":
                raise
            if error.code == "chat.duplicate":
                return []
            level = logging.WARNING if isinstance(error, Unavailable) else logging.INFO
            log.log(level, "a question is answered with what is in its way: %s", error.code)
            return [said(error.text(locale))]
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("answering in Slack failed (reference %s)", reference)
            return [said(render("chat.bug", locale, reference=reference))]

    async def _asked(self, question: Question, asked: Asked, delivery: Delivery) -> Sequence[Post]:
        answer: Answer | None = None
        async with aclosing(self.saseo.chat.stream(question)) as parts:
            async for part in parts:
                if isinstance(part, Answer):
                    answer = part
                else:
                    delivery.write(part)
        if answer is None:
            return []
        delivery.documents = rested_on(answer)
        spoken = language(answer.text)
        locale = question.locale if spoken == "other" else spoken
        divided = delivery.parts(answer.text)
        return posts(answer, asked, locale=locale, at=self.clock(), parts=divided)

    async def _deliver(self, delivery: Delivery, mailbox: Mailbox, whole: Sequence[Post], told: Told) -> bool:
        """Makes it stand in Slack. While Slack is away it tries again, and then leaves it to the next start. False
        where something that it rests on was forgotten before it stood."""
        for wait in (*DELIVERY_WAITS, None):
            if not await stands(self.saseo.catalogue, delivery.documents):
                return False
            try:
                if not await self.replies.send(mailbox.asked, whole, told):
                    with measured(self.saseo.recorder, "deliver"):
                        await delivery.end(whole)
                    if not await stands(self.saseo.catalogue, delivery.documents):
                        return False
            except Unclear as error:
                log.warning("an answer could not be delivered yet: %s", error)
                mailbox.again = True
                if wait is None:
                    return True
                await asyncio.sleep(wait)
            except Declined as error:
                log.warning("an answer cannot be delivered: %s", error)
                await delivery.clear()
                await self.replies.instead(mailbox.asked, whole, error.error, told)
                break
            else:
                break
        await self.inbox.finish(mailbox.asked.id)
        return True

    def _reference(self, message: str, locale: str, *details: object) -> str:
        reference = secrets.token_hex(4)
        log.error(f"{message} (reference %s)", *details, reference)  # noqa: G004 - the message is ours
        return render("chat.bug", locale, reference=reference)


def session_of(asked: Asked, *, scope: SessionScope) -> Session:
    """The conversation a question belongs to. What one person alone was told is remembered for them alone."""
    if asked.way == "private":
        return Session("slack", asked.team, f"{asked.channel}/{asked.user}")
    apart = scope == "thread" and asked.thread
    return Session("slack", asked.team, f"{asked.channel}/{asked.thread}" if apart else asked.channel)


def _loaded(item: Accepted) -> list[Post]:
    saved = item.answer or {}
    return [Post.load(post) for post in saved.get("posts", ())]
