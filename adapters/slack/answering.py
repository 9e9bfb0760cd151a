"""From an accepted question to its answer in Slack, and on again after a crash."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from adapters.answering import ANSWER_SECONDS, MOST_ATTEMPTS, heard, referred, sentence, spoken
from adapters.ending import WAITS as DELIVERY_WAITS
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
from core.errors import SaseoError
from core.inbox import Accepted, Inbox
from core.measuring import measured
from core.saseo import Saseo
from core.types import Language, Question, Session

log = logging.getLogger(__name__)


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
        given_up = referred("what answers rest on was forgotten %d times", locale, MOST_TIMES)
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
                return [said(referred("gave up a question after %d attempts", locale, item.attempt))]
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
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._asked(question, asked, delivery)
        except Exception as error:
            if isinstance(error, SaseoError) and error.code == "slack.token":
                raise
            text = sentence(error, locale, platform="Slack")
            return [said(text)] if text else []

    async def _asked(self, question: Question, asked: Asked, delivery: Delivery) -> Sequence[Post]:
        answer = await heard(self.saseo.chat, question, delivery.write)
        if answer is None:
            return []
        delivery.documents = rested_on(answer)
        locale = spoken(answer, question)
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


def session_of(asked: Asked, *, scope: SessionScope) -> Session:
    """The conversation a question belongs to. What one person alone was told is remembered for them alone."""
    if asked.way == "private":
        return Session("slack", asked.team, f"{asked.channel}/{asked.user}")
    apart = scope == "thread" and asked.thread
    return Session("slack", asked.team, f"{asked.channel}/{asked.thread}" if apart else asked.channel)


def _loaded(item: Accepted) -> list[Post]:
    saved = item.answer or {}
    return [Post.load(post) for post in saved.get("posts", ())]
