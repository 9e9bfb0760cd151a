"""From an accepted question to its answer in Discord, and on again after a crash."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from adapters.answering import ANSWER_SECONDS, MOST_ATTEMPTS, heard, referred, sentence, spoken
from adapters.calling import UNASKED
from adapters.discord.api import Api, Declined, Expired, Unclear
from adapters.discord.components import SERVER, component_id
from adapters.discord.delivery import Delivery, Pace
from adapters.discord.directory import Directory
from adapters.discord.inbound import Asked
from adapters.discord.mailbox import Mailbox
from adapters.discord.outbound import Button, Post, addressed, posts, said
from adapters.discord.places import is_private
from adapters.discord.threads import conversation
from adapters.ending import WAITS as DELIVERY_WAITS
from adapters.resting import MOST_TIMES, named, rested_on, stands
from adapters.work import Bound
from core.channels import SessionScope
from core.errors import SaseoError
from core.inbox import Accepted
from core.measuring import measured
from core.messages import render
from core.saseo import Saseo
from core.types import Language, Question, Session
from core.words import language

log = logging.getLogger(__name__)

ANSWERS_A_MINUTE = 10
"""Answers in one channel or thread: two bots that talk to each other come to an end."""
MOST_OUTSIDE = 6
"""Messages that an app may answer with where only its user has brought it."""
LABEL_LIMIT, MOST_BUTTONS = 80, 25
"""Of buttons and below a message, by Discord's rule."""


@dataclass(slots=True)
class Answering:
    """Answers what was accepted."""

    saseo: Saseo
    api: Api
    directory: Directory
    clock: Callable[[], datetime]
    session_scope: SessionScope = "channel"
    bound: Bound = field(default_factory=lambda: Bound(ANSWERS_A_MINUTE))
    pace: Pace = field(default_factory=Pace)

    async def answer(self, item: Accepted) -> None:
        """Answers one question and finishes it."""
        asked = Asked.load(item.body)
        mailbox = self._mailbox(item, asked)
        delivery = Delivery(mailbox, self.pace)
        if item.answer is not None:
            delivery.documents = frozenset(item.answer.get("documents", ()))
            if await self._deliver(delivery, mailbox, _loaded(item)):
                return
        elif item.attempt == 1 and not self.bound.allows(asked.place):
            log.warning("too many questions in one channel: %s", asked.place)
            text = render("discord_desk.too_many", first_locale(asked), most=ANSWERS_A_MINUTE)
            await self._deliver(delivery, mailbox, said(text))
            return
        else:
            delivery.begin()
        for time in range(MOST_TIMES):
            again = time + (item.answer is not None)
            if await self._answered(item, asked, mailbox, delivery, again=again):
                return
        delivery.documents = frozenset()
        given_up = referred("what answers rest on was forgotten %d times", first_locale(asked), MOST_TIMES)
        await self._deliver(delivery, mailbox, said(given_up))

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
            await self.saseo.inbox.finish(item.id)
            return True
        written = {"posts": [post.dump() for post in told], "documents": sorted(delivery.documents)}
        await self.saseo.inbox.written(item.id, written)
        return await self._deliver(delivery, mailbox, told)

    async def scope_at(self, asked: Asked) -> SessionScope:
        """Whether a thread is a conversation by itself there."""
        return (await self.saseo.channels.lately(asked.session())).session_scope or self.session_scope

    async def say(self, asked: Asked, text: str) -> None:
        """Says a sentence where something was asked, as well as it can be said."""
        mailbox = self._mailbox(Accepted(asked.id, asked.place, {}), asked)
        try:
            await mailbox.deliver(said(text))
        except (Declined, Unclear, SaseoError) as error:
            log.warning("a sentence could not be said: %s", error)

    def _mailbox(self, item: Accepted, asked: Asked) -> Mailbox:
        return Mailbox(
            self.api,
            self.saseo.inbox,
            asked,
            self.clock,
            private=is_private(asked),
            messages=[name.rpartition(":")[2] for name in item.messages],
            again=item.attempt > 1,
        )

    async def _told(self, item: Accepted, asked: Asked, delivery: Delivery, *, again: int) -> Sequence[Post]:
        """What there is to say. Every failure is a sentence; nothing, where another process has answered."""
        delivery.documents = frozenset()
        locale = first_locale(asked)
        try:
            if item.attempt > MOST_ATTEMPTS:
                return said(referred("gave up a question after %d attempts", locale, item.attempt))
            if asked.direct and not asked.outside and (choices := await self._to_choose(asked, locale)):
                return choices
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._asked(await self._question(item, asked, locale, again=again), asked, delivery)
        except Exception as error:  # noqa: BLE001 - logged and said there
            text = sentence(error, locale, platform="Discord")
            return said(text) if text else []

    async def _to_choose(self, asked: Asked, locale: Language) -> Sequence[Post]:
        """The choice of a server, where there are several and none is chosen; then the question waits for it."""
        homes = self.directory.homes
        if await homes.chosen(asked):
            return []
        common = await homes.common(asked.user)
        if not common:
            return []
        homes.wait(asked)
        buttons = (Button(component_id(SERVER, server), name[:LABEL_LIMIT] or "?") for server, name in common)
        return [Post(render("discord_desk.choose_server", locale), tuple(buttons)[:MOST_BUTTONS])]

    async def _question(self, item: Accepted, asked: Asked, locale: Language, *, again: int) -> Question:
        audience, context = await asyncio.gather(
            self.directory.audience(asked), conversation(self.api, asked, me=self.directory.me)
        )
        if not asked.direct and not asked.outside:
            await self.saseo.channels.note(asked.session())
        return Question(
            id=named(item, again=again),
            session=session_of(asked, scope=await self.scope_at(asked)),
            text=asked.text,
            audience=audience,
            author=asked.user,
            locale=locale,
            context=context,
            thread=asked.place,
        )

    async def _asked(self, question: Question, asked: Asked, delivery: Delivery) -> Sequence[Post]:
        if not question.text:
            code = "discord_desk.files" if asked.attachments else "discord.empty"
            return said(render(code, question.locale))
        answer = await heard(self.saseo.chat, question, delivery.write)
        if answer is None:
            return []
        delivery.documents = rested_on(answer)
        locale = spoken(answer, question)
        note = render("discord_desk.files", locale) if asked.attachments else ""
        # What people think of it is kept under the name it was asked by.
        kept = replace(asked, id=question.id)
        made = posts(answer, kept, locale=locale, at=self.clock(), note=note)
        # The sources stand in the last one.
        return [*made[: MOST_OUTSIDE - 1], made[-1]] if asked.outside and len(made) > MOST_OUTSIDE else made

    async def _deliver(self, delivery: Delivery, mailbox: Mailbox, told: Sequence[Post]) -> bool:
        """Makes it stand in Discord. While Discord is away it tries again, and then leaves it to the next start. False
        where something that it rests on was forgotten before it stood."""
        for wait in (*DELIVERY_WAITS, None):
            if not await stands(self.saseo.catalogue, delivery.documents):
                return False
            try:
                with measured(self.saseo.recorder, "deliver"):
                    await self._end(delivery, mailbox, told)
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
                await self._instead(mailbox, told)
                break
            else:
                break
        await self.saseo.inbox.finish(mailbox.asked.id)
        return True

    async def _end(self, delivery: Delivery, mailbox: Mailbox, told: Sequence[Post]) -> None:
        asked = mailbox.asked
        late = bool(asked.token) and not mailbox.responds
        try:
            await delivery.end(addressed(told, asked, locale=first_locale(asked)) if late else told)
        except Expired:
            if late or is_private(asked):
                raise
            log.info("an answer stands in the channel, since its interaction is over")
            await delivery.end(addressed(told, asked, locale=first_locale(asked)))

    async def _instead(self, mailbox: Mailbox, told: Sequence[Post]) -> None:
        """Where an answer cannot stand where it was asked: to the asker alone, who may read it in any case."""
        asked = mailbox.asked
        if (asked.direct and not asked.token) or asked.way in UNASKED:
            return
        try:
            channel = await self.api.direct(asked.user)
            apart = replace(asked, channel=channel, thread="", token="", message="")
            again = Mailbox(self.api, self.saseo.inbox, apart, self.clock, again=mailbox.again)
            await again.deliver(told)
        except (Declined, Unclear) as error:
            log.warning("nor to its asker alone: %s", error)


def first_locale(asked: Asked) -> Language:
    """The language of what is said before there is an answer: the asker's own, else that of the question."""
    if asked.locale:
        return "ko" if asked.locale.startswith("ko") else "en"
    return "ko" if language(asked.text) == "ko" else "en"


def session_of(asked: Asked, *, scope: SessionScope) -> Session:
    """The conversation a question belongs to. What one person alone was told is remembered for them alone."""
    session = asked.session(scope=scope)
    if not is_private(asked):
        return session
    return Session(session.platform, session.workspace, f"{session.channel}/{asked.user}")


def _loaded(item: Accepted) -> list[Post]:
    saved = item.answer or {}
    return [Post.load(post) for post in saved.get("posts", ())]
