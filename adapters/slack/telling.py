"""Tells in a thread, once and without a ping, that an answer has changed, was found, or that a link is dead."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters.noticing import heading
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.escaping import escaped, harmless
from adapters.slack.inbound import Asked, Me, word
from adapters.slack.mailbox import LOOKED_AT, Mailbox, Server
from adapters.slack.membership import Membership
from adapters.slack.outbound import Post, posts, section
from adapters.slack.shelving import deliver
from core.audience import audience
from core.channels import channel_of
from core.inbox import Accepted
from core.messages import render
from core.notices import Notice
from core.saseo import Saseo

log = logging.getLogger(__name__)

OUTDATED = "saseo_outdated"
"""The id of the block that marks an answer."""
MOST_BLOCKS = 49


@dataclass(slots=True)
class Telling:
    """Delivers the notices of one workspace."""

    saseo: Saseo
    api: Api
    me: Me
    membership: Membership
    clock: Callable[[], datetime]
    server: Server = field(default_factory=Server)

    async def tell(self, item: Accepted) -> None:
        """Delivers a notice where everybody there may still read it, and finishes it."""
        notice = Notice.load(item.body)
        asked = self._asked(notice)
        if asked is not None and await self._stands(notice, asked):
            if item.answer is not None:
                told = [Post.load(post) for post in item.answer["posts"]]
            else:
                told = self._posts(notice, asked)
                await self.saseo.inbox.written(item.id, {"posts": [post.dump() for post in told]})
            if not await self._deliver(item, asked, told):
                return
            await self._mark(notice, asked)
        await self.saseo.inbox.finish(item.id)

    def _asked(self, notice: Notice) -> Asked | None:
        """Where it is told; None where there is no thread, as for what was asked with a command."""
        channel = channel_of(notice.session).channel
        thread = notice.thread.rpartition(":")[2]
        if not thread or not thread.replace(".", "").isdigit():
            log.info("%s is not told: there is no thread", notice.id)
            return None
        kind = "im" if channel.startswith("D") else ""
        return Asked(notice.id, "mention", self.me.team, channel, notice.author, "", thread, thread, kind)

    async def _stands(self, notice: Notice, asked: Asked) -> bool:
        stands = await self.saseo.noticing.stands(notice, audience(await self.membership.place(asked)))
        if not stands:
            log.info("%s is not told: it stands no longer, or others read along", notice.id)
        return stands

    def _posts(self, notice: Notice, asked: Asked) -> list[Post]:
        above = harmless(escaped(heading(notice, notice.locale))).replace("\n&gt; ", "\n> ")
        if notice.answer is None or notice.kind in ("withdrawn", "dead"):
            return [Post(above, (section(above),))]
        # Whether it helps is asked of the question, as for its first answer.
        about = replace(asked, id=notice.about)
        first, *rest = posts(notice.answer, about, locale=notice.locale, at=self.clock())
        return [Post(f"{above}\n\n{first.text}"[:2900], (section(above), *first.blocks)), *rest]

    async def _deliver(self, item: Accepted, asked: Asked, told: Sequence[Post]) -> bool:
        known = [name.rpartition(":")[2] for name in item.messages]
        mailbox = Mailbox(
            self.api,
            self.saseo.inbox,
            self.server,
            self.me,
            asked,
            known,
            again=item.attempt > 1,
            claims=item.posting == asked.place,
        )
        return await deliver(mailbox, told)

    async def _mark(self, notice: Notice, asked: Asked) -> None:
        """Marks the old answer, where it is found and may be changed."""
        if notice.kind not in ("changed", "withdrawn"):
            return
        try:
            listed = await self.api.call(
                "conversations.replies",
                patience=10.0,
                channel=asked.channel,
                ts=asked.thread,
                limit=LOOKED_AT,
                include_all_metadata=True,
            )
            messages = listed.get("messages")
            for message in messages if isinstance(messages, list) else []:
                if isinstance(message, Mapping) and self._is_old_answer(message, notice):
                    await self._marked(message, asked, notice.locale)
        except (Declined, Unclear) as error:
            log.info("an old answer stays unmarked: %s", error)

    def _is_old_answer(self, message: Mapping[str, Any], notice: Notice) -> bool:
        if word(message, "user") != self.me.user:
            return False
        # A question that was asked anew after a crash has a number behind its name.
        question = notice.about.partition("#")[0]
        metadata = message.get("metadata")
        payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
        if isinstance(payload, Mapping):
            return payload.get("question") == question
        # A stream carries no metadata, but its buttons know the question.
        return any(f" {question}'" in str(block) for block in _blocks(message))

    async def _marked(self, message: Mapping[str, Any], asked: Asked, locale: str) -> None:
        blocks = _blocks(message)
        if len(blocks) > MOST_BLOCKS or any(block.get("block_id") == OUTDATED for block in blocks):
            return
        text = render("notices.outdated", locale)
        mark = {"type": "context", "block_id": OUTDATED, "elements": [{"type": "mrkdwn", "text": f":warning: {text}"}]}
        await self.api.call(
            "chat.update",
            channel=asked.channel,
            ts=word(message, "ts"),
            text=word(message, "text"),
            blocks=[mark, *blocks],
            parse="none",
            link_names=False,
        )


def _blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    blocks = message.get("blocks")
    return [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, list) else []
