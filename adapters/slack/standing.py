"""Compares what is known with what stands in Slack: at the start, now and then, and where readers have changed."""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.sharing import Offer
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked, Me, word
from adapters.slack.membership import Membership
from adapters.slack.offering import TEXT, items_of
from adapters.slack.pace import Buckets
from core.audience import shelf
from core.knowledge import Knowledge
from core.shares import Share, within, within_workspace
from core.types import Scope, Session

log = logging.getLogger(__name__)


LOOKS_A_SECOND, LOOKS_AT_ONCE = 0.5, 25
"""Slack grants 50 such looks a minute; half of them are left to questions."""
NO_CHANNEL = frozenset({"channel_not_found", "is_archived"})
NO_MESSAGE = frozenset({"thread_not_found", "message_not_found", "channel_not_found", "not_in_channel", "is_archived"})


@dataclass(slots=True)
class Standing:
    """Looks for one workspace."""

    api: Api
    me: Me
    membership: Membership
    knowledge: Knowledge
    pace: Buckets = field(default_factory=lambda: Buckets(rate=LOOKS_A_SECOND, burst=LOOKS_AT_ONCE))
    scopes: dict[str, Scope | None] = field(default_factory=dict)
    """Who may read what was shared in a channel, as of the last look; None: that is to be looked at."""
    soon: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when people have changed somewhere; workspaces share it."""
    changed: bool = False
    """Whether people have changed here."""

    async def compare(self) -> None:
        """Forgets what is there no more, and has the rest read by those who may read it now."""
        await self.knowledge.reconcile(within_workspace("slack", self.me.team), self._readers)
        await self.knowledge.reconcile(within_workspace("slack", self.me.team), self._messages)

    def people_changed(self) -> None:
        """Has all readers looked at soon: somebody is a guest now, or no longer."""
        self.changed = True
        self.soon.set()

    async def look_around(self) -> None:
        """Looks at the readers of all channels, where people have changed."""
        if self.changed:
            self.changed = False
            for channel in list(self.scopes):
                await self.look_at(channel)

    async def look_at(self, channel: str) -> None:
        """Moves what was shared in a channel to those who may read it there now."""
        asked = Asked("", "mention", self.me.team, channel, "", "", kind="im" if channel.startswith("D") else "")
        place = await self.membership.place(asked)
        session = Session("slack", self.me.team, channel)
        scope = shelf(place)
        if self.scopes.get(channel) != scope:
            moved = await self.knowledge.rescope(within(session), scope)
            self.scopes[channel] = scope
            if moved:
                log.info("%d documents of %s are for other people now", moved, session)

    async def stands(self, offer: Offer) -> bool:
        """Whether the message of an offer is still there, as far as Slack tells."""
        left = await self._left(offer.session.channel, offer.message)
        return left is None or any(item.id in left for item in offer.items)

    async def _readers(self, shares: Sequence[Share]) -> Collection[Share]:
        """Those in channels where the bot still is; the others' readers are looked at first of all."""
        there: set[str] = set()
        for channel in dict.fromkeys(share.session.channel for share in shares):
            if await self._is_in(channel):
                there.add(channel)
                self.membership.forget_channel(channel)
                await self.look_at(channel)
        return [share for share in shares if share.session.channel in there]

    async def _is_in(self, channel: str) -> bool:
        await self.pace.wait("info")
        try:
            told = await self.api.call("conversations.info", channel=channel)
        except Declined as error:
            return error.error not in NO_CHANNEL
        info = told.get("channel")
        if not isinstance(info, Mapping):
            return True
        return info.get("is_archived") is not True and info.get("is_member") is not False

    async def _messages(self, shares: Sequence[Share]) -> Collection[Share]:
        """Those whose message still holds them; one look for each message."""
        standing: list[Share] = []
        for (channel, message), listed in _by_message(shares).items():
            left = await self._left(channel, message)
            standing += [share for share in listed if left is None or share.item in left]
        return standing

    async def _left(self, channel: str, ts: str) -> Collection[str] | None:
        """What a message holds; None where Slack does not tell."""
        await self.pace.wait("message")
        try:
            told = await self.api.call(
                "conversations.replies", channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=1
            )
        except Declined as error:
            return () if error.error in NO_MESSAGE else None
        except Unclear:
            return None
        listed = told.get("messages")
        for message in listed if isinstance(listed, list) else []:
            if isinstance(message, Mapping) and word(message, "ts") == ts:
                if word(message, "subtype") == "tombstone":
                    return ()
                return {*(item.id for item in items_of(message)), TEXT}
        return None


def _by_message(shares: Iterable[Share]) -> Mapping[tuple[str, str], list[Share]]:
    grouped: dict[tuple[str, str], list[Share]] = {}
    for share in shares:
        grouped.setdefault((share.session.channel, share.message), []).append(share)
    return grouped
