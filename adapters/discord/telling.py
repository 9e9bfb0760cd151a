"""Tells once and without a ping that an answer has changed, that one was found, or that a link is dead."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.discord.answering import MOST_OUTSIDE
from adapters.discord.api import Declined, Unclear
from adapters.discord.around import Around
from adapters.discord.components import GOOD, component_id
from adapters.discord.escaping import harmless
from adapters.discord.inbound import Asked
from adapters.discord.mailbox import Mailbox
from adapters.discord.markdown import shown
from adapters.discord.messages import Messages, Shown
from adapters.discord.outbound import LIMIT, Post, posts
from adapters.discord.shelving import deliver
from adapters.noticing import heading
from adapters.splitting import split, utf16
from core.inbox import Accepted
from core.messages import render
from core.notices import Notice
from core.saseo import Saseo
from core.types import Session

log = logging.getLogger(__name__)

MARK = "-# ⚠️ "


@dataclass(frozen=True, slots=True)
class Told:
    """Where a notice is told."""

    asked: Asked
    """The old question's place; its message is what the notice replies to."""
    question: str
    """The message or interaction that asked; empty where nobody did."""
    alone: bool
    """Whether one person alone had the answer, and is told directly."""


@dataclass(slots=True)
class Telling:
    """Delivers notices."""

    saseo: Saseo
    api: Messages
    around: Around
    clock: Callable[[], datetime]

    async def tell(self, item: Accepted) -> None:
        """Delivers a notice where everybody there may still read it, and finishes it."""
        notice = Notice.load(item.body)
        told = await self._place(notice)
        if told is not None and await self._stands(notice, told):
            await self._tell(item, notice, told)
        await self.saseo.inbox.finish(item.id)

    async def _tell(self, item: Accepted, notice: Notice, told: Told) -> None:
        old = await self._old_answers(notice, told)
        if item.answer is not None:
            made = [Post.load(post) for post in item.answer["posts"]]
        else:
            made = self._posts(notice, told.asked)
            await self.saseo.inbox.written(item.id, {"posts": [post.dump() for post in made]})
        try:
            asked = await self._addressed(told, old)
        except (Declined, Unclear) as error:
            log.info("%s cannot be told: %s", notice.id, error)
            return
        known = [name.rpartition(":")[2] for name in item.messages]
        again = item.attempt > 1
        await deliver(Mailbox(self.api, self.saseo.inbox, asked, self.clock, messages=known, again=again), made)
        if notice.kind in ("changed", "withdrawn"):
            await self._mark(told, old, notice.locale)

    async def _place(self, notice: Notice) -> Told | None:
        """Where it is to be told; None where its place has no name that is understood."""
        names = notice.thread.split(":")
        if len(names) < 3 or not names[2].isdigit():
            log.info("%s is not told: there is no place for it", notice.id)
            return None
        guild, target = names[1], names[2]
        channel, thread = await self.around.place(guild, target)
        own, _, apart = notice.session.channel.partition("/")
        if notice.kind != "dead":
            # The question itself knows best.
            channel, thread = own, target if target != own else ""
        alone = bool(apart) and apart == notice.author
        asked = Asked(
            id=notice.id,
            way="private" if alone else "direct" if guild == "@me" else "mention",
            guild=guild,
            channel=channel,
            user=notice.author,
            text="",
            received_at=self.clock(),
            thread=thread,
            message=names[3] if len(names) > 3 else "",
            locale=notice.locale,
        )
        return Told(asked, "" if notice.kind == "dead" else _number(notice.about), alone)

    async def _stands(self, notice: Notice, told: Told) -> bool:
        asked = told.asked
        readable = await self.around.directory.audience(asked)
        # A thread has the settings of its channel.
        wanted = await self.saseo.noticing.wanted(Session("discord", asked.guild, asked.channel))
        stands = wanted and await self.saseo.noticing.stands(notice, readable)
        if not stands:
            log.info("%s is not told: it stands no longer, or others read along", notice.id)
        return stands

    async def _old_answers(self, notice: Notice, told: Told) -> list[Shown]:
        """The messages of the answer that it is about, as far as they are found."""
        if not told.question or told.alone:
            return []
        try:
            found = await self.api.answers(told.asked.target, told.question)
        except (Declined, Unclear) as error:
            log.info("an old answer is not found: %s", error)
            return []
        button = component_id(GOOD, notice.about)
        return [one for one in found if one.reference == told.question or button in one.buttons]

    async def _addressed(self, told: Told, old: list[Shown]) -> Asked:
        """What the notice replies to: the old answer, else the question, else nothing. Raises like the API."""
        asked = told.asked
        if told.alone:
            channel = asked.channel if asked.direct else await self.api.direct(asked.user)
            return replace(asked, channel=channel, thread="", way="mention")
        return replace(asked, message=old[-1].id if old else asked.message or told.question)

    def _posts(self, notice: Notice, asked: Asked) -> list[Post]:
        above = harmless(shown(heading(notice, notice.locale)))
        if notice.answer is None or notice.kind in ("withdrawn", "dead"):
            return [Post(part) for part in split(above, limit=LIMIT, measure=utf16)]
        # Whether it helps is asked of the question, as for its first answer.
        about = replace(asked, id=notice.about, way="mention")
        first, *rest = posts(notice.answer, about, locale=notice.locale, at=self.clock())
        parts = split(f"{above}\n\n{first.text}", limit=LIMIT, measure=utf16)
        made = [Post(part) for part in parts]
        made[-1] = Post(made[-1].text, first.buttons)
        return [*made, *rest][:MOST_OUTSIDE]

    async def _mark(self, told: Told, old: list[Shown], locale: str) -> None:
        """Marks the first message of the old answer that has room for it."""
        mark = f"{MARK}{render('discord_sharing.outdated', locale)}"
        if any(one.text.startswith(MARK) for one in old):
            return
        for one in old:
            text = f"{mark}\n{one.text}"
            if utf16(text) > LIMIT:
                continue
            try:
                await self.api.reword(told.asked.target, one.id, text)
            except (Declined, Unclear) as error:
                log.info("an old answer stays unmarked: %s", error)
            return


def _number(question: str) -> str:
    """The message or interaction that a question's id names; empty where it names none."""
    last = question.partition("#")[0].rpartition(":")[2]
    return last if last.isdigit() else ""
