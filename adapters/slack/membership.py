"""Who is in a channel and who somebody is, cached and kept right by events. Where Slack does not tell: outsiders."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked, Me, word
from core.audience import Kind, Place
from core.types import Language, Session

log = logging.getLogger(__name__)

KEPT_SECONDS = 600.0
"""How long something is believed that no event corrects."""
CHANNELS_KEPT = 5_000
PEOPLE_KEPT = 50_000
PAGE = 1000
MEMBERS_KNOWN = 20_000
"""A channel with more members is taken to have outsiders."""
SINGLY = 8
"""So many unknown people are looked up one by one, more by reading the list of all."""
LOOK_SECONDS = 10.0
"""How long an answer waits to learn who sees it."""

Locale = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as it matters who reads along."""

    outsider: bool
    """A guest, or somebody of another workspace."""
    locale: Locale = "en"


@dataclass(frozen=True, slots=True)
class Seen:
    """A channel, as far as it matters who reads along."""

    kind: Kind
    outsiders: bool


class Membership:
    """What is known of the channels and people of one workspace."""

    def __init__(self, api: Api, me: Me, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._me = me
        self._clock = clock
        self._channels: OrderedDict[str, tuple[float, Seen]] = OrderedDict()
        self._people: OrderedDict[str, tuple[float, Person]] = OrderedDict()
        self._listed_at = -KEPT_SECONDS
        self._listing = asyncio.Lock()

    async def place(self, asked: Asked) -> Place:
        """Where the answer to a question will be seen."""
        channel = Session("slack", asked.team, asked.channel)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                if asked.way == "private":
                    # Only the asker sees it, so the others in the channel do not matter.
                    seen = await self._seen(asked.channel)
                    return Place(channel, seen.kind, outsiders=await self._is_outsider(asked.user))
                if asked.shared:
                    return Place(channel, "direct" if asked.kind in ("im", "mpim") else "private")
                if asked.kind == "im":
                    return Place(channel, "direct", outsiders=await self._is_outsider(asked.user))
                seen = await self._seen(asked.channel)
                # A bot that may ask is no reader; its channel's members are.
                reads = bool(asked.user) and await self._is_outsider(asked.user)
                return Place(channel, seen.kind, outsiders=seen.outsiders or reads)
        except (Declined, Unclear, TimeoutError) as error:
            log.warning("not knowing who reads along, only the channel's own documents are used: %s", error)
            return Place(channel, "direct" if asked.kind in ("im", "mpim") else "private")

    async def locale(self, user: str) -> Language:
        """The language that somebody has chosen in Slack, as far as there are texts in it."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return (await self._person(user)).locale
        except (Declined, Unclear, TimeoutError):
            return "en"

    def known_locale(self, user: str) -> Language | None:
        """The same without asking Slack; None where that is needed."""
        known = self._known(user)
        return known.locale if known is not None else None

    def forget_channel(self, channel: str) -> None:
        """Who is there has changed."""
        self._channels.pop(channel, None)

    def forget_person(self, user: str) -> None:
        """Who somebody is has changed, and with that what the channels know of them."""
        self._people.pop(user, None)
        self._channels.clear()

    async def _seen(self, channel: str) -> Seen:
        kept = self._channels.get(channel)
        if kept is not None and self._clock() - kept[0] < KEPT_SECONDS:
            return kept[1]
        asked_at = self._clock()
        told = await self._api.call("conversations.info", channel=channel)
        info = told.get("channel")
        seen = await self._look(channel, info if isinstance(info, Mapping) else {})
        self._channels[channel] = (asked_at, seen)
        if len(self._channels) > CHANNELS_KEPT:
            self._channels.popitem(last=False)
        return seen

    async def _look(self, channel: str, info: Mapping[str, Any]) -> Seen:
        if info.get("is_im") is True or info.get("is_mpim") is True:
            kind: Kind = "direct"
        elif info.get("is_private") is False:
            kind = "public"
        else:
            kind = "private"
        if any(info.get(name) for name in ("is_ext_shared", "is_pending_ext_shared", "is_org_shared")):
            return Seen(kind, outsiders=True)
        members = await self._members(channel)
        if members is None:
            return Seen(kind, outsiders=True)
        return Seen(kind, outsiders=await self._any_outsider(members))

    async def _members(self, channel: str) -> frozenset[str] | None:
        """Everybody in a channel; None where they are too many to know."""
        members: set[str] = set()
        cursor = ""
        while len(members) <= MEMBERS_KNOWN:
            page = await self._page("conversations.members", cursor, channel=channel)
            members.update(name for name in page.get("members", ()) if isinstance(name, str))
            cursor = _cursor(page)
            if not cursor:
                return frozenset(members)
        return None

    async def _any_outsider(self, members: Collection[str]) -> bool:
        others = [name for name in members if name != self._me.user]
        unknown = [name for name in others if self._known(name) is None]
        if len(unknown) > SINGLY:
            await self._list()
            unknown = [name for name in others if self._known(name) is None]
        # Who is in no list is of another workspace, unless there are few enough to ask.
        if len(unknown) > SINGLY:
            return True
        found = await asyncio.gather(*(self._person(name) for name in unknown))
        return any(person.outsider for person in found) or any(
            person.outsider for name in others if (person := self._known(name)) is not None
        )

    async def _is_outsider(self, user: str) -> bool:
        return not user or (await self._person(user)).outsider

    def _known(self, user: str) -> Person | None:
        kept = self._people.get(user)
        return kept[1] if kept is not None and self._clock() - kept[0] < KEPT_SECONDS else None

    async def _person(self, user: str) -> Person:
        known = self._known(user)
        if known is not None:
            return known
        told = await self._api.call("users.info", user=user, include_locale=True)
        about = told.get("user")
        return self._keep(user, about if isinstance(about, Mapping) else {})

    async def _list(self) -> None:
        """Reads who everybody is, at most once in a while."""
        async with self._listing:
            if self._clock() - self._listed_at < KEPT_SECONDS / 2:
                return
            self._listed_at = self._clock()
            cursor = ""
            while len(self._people) < PEOPLE_KEPT:
                page = await self._page("users.list", cursor, include_locale=True)
                for about in page.get("members", ()):
                    if isinstance(about, Mapping) and word(about, "id"):
                        self._keep(word(about, "id"), about)
                cursor = _cursor(page)
                if not cursor:
                    return

    async def _page(self, method: str, cursor: str, **arguments: Any) -> Mapping[str, Any]:
        more = {"cursor": cursor} if cursor else {}
        return await self._api.call(method, **{**arguments, **more, "limit": PAGE})

    def _keep(self, user: str, about: Mapping[str, Any]) -> Person:
        guest = any(about.get(name) for name in ("is_restricted", "is_ultra_restricted", "is_stranger"))
        foreign = word(about, "team_id") not in ("", self._me.team)
        locale: Locale = "ko" if word(about, "locale").startswith("ko") else "en"
        person = Person(outsider=guest or foreign or not about, locale=locale)
        self._people[user] = (self._clock(), person)
        if len(self._people) > PEOPLE_KEPT:
            self._people.popitem(last=False)
        return person


def _cursor(page: Mapping[str, Any]) -> str:
    metadata = page.get("response_metadata")
    return word(metadata, "next_cursor") if isinstance(metadata, Mapping) else ""
