"""The people and channels of a workspace, read as lists where that is possible: Slack grants few single looks."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import word
from core.audience import Kind

log = logging.getLogger(__name__)

KEPT_SECONDS = 600.0
"""How long something is believed that no event corrects."""
MOST = 50_000
"""People, and channels, that are kept."""
RELIST_SECONDS = 2.0
"""A channel that is in no list may be new: so long after the last list, all are listed again."""
PAGE = 1000
MOST_PAGES = 200
"""A server may give fewer at once than it is asked for, and must not send round in circles."""
CHANNEL_KINDS = "public_channel,private_channel,mpim"
SHARED = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared")

Known = TypeVar("Known")
Locale = Literal["ko", "en"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as far as it matters who reads along."""

    outsider: bool
    """A guest, or somebody of another workspace."""
    locale: Locale = "en"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, as far as it matters who reads along."""

    kind: Kind
    shared: bool
    """With other workspaces."""


class Directory:
    """Who and what there is in one workspace. Looks raise Declined or Unclear."""

    def __init__(self, api: Api, team: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._team = team
        self._clock = clock
        self._people: dict[str, tuple[float, Person]] = {}
        self._channels: dict[str, tuple[float, Channel]] = {}
        self._changed: set[str] = set()
        self._people_at = self._channels_at = -KEPT_SECONDS
        self._complete = False
        self._reading = asyncio.Lock()

    def known(self, user: str) -> Person | None:
        """Somebody, without asking Slack."""
        return self._fresh(self._people.get(user))

    async def person(self, user: str) -> Person:
        """Somebody."""
        await self._read_people()
        known = self.known(user)
        if known is not None:
            return known
        try:
            told = await self._api.call("users.info", user=user, include_locale=True)
        except Declined as error:
            if not error.unknown:
                raise
            # A server that never tells who somebody is knows no guests.
            return self._keep(user, {"id": user})
        about = told.get("user")
        return self._keep(user, about if isinstance(about, Mapping) else {})

    async def channel(self, channel: str) -> Channel:
        """A channel or a conversation of several."""
        known = self._fresh(self._channels.get(channel))
        if known is None:
            await self._read_channels(channel)
            known = self._fresh(self._channels.get(channel))
        if known is not None:
            return known
        told = await self._api.call("conversations.info", channel=channel)
        info = told.get("channel")
        return self._keep_channel(channel, info if isinstance(info, Mapping) else {})

    async def has_outsiders(self) -> bool:
        """Whether there may be anybody in the workspace who is not a full member."""
        await self._read_people()
        if not self._complete:
            return True
        for user in list(self._changed):
            await self.person(user)
            self._changed.discard(user)
        return any(person.outsider for _, person in self._people.values())

    def forget_person(self, user: str) -> None:
        """Who somebody is has changed."""
        self._people.pop(user, None)
        self._changed.add(user)

    def forget_channel(self, channel: str) -> None:
        """What a channel is may have changed."""
        self._channels.pop(channel, None)

    async def pages(self, method: str, key: str, **arguments: Any) -> AsyncIterator[Any]:
        """Everything in a list that Slack gives page by page. Raises Declined where it does not end."""
        cursor: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = await self._api.call(method, **{**arguments, **cursor, "limit": PAGE})
            for one in page.get(key) or ():
                yield one
            metadata = page.get("response_metadata")
            following = word(metadata, "next_cursor") if isinstance(metadata, Mapping) else ""
            if not following:
                return
            cursor = {"cursor": following}
        raise Declined(method, "too_many_pages")

    async def _read_people(self) -> None:
        """Reads who everybody is, once in a while; what cannot be read so is looked up one by one."""
        async with self._reading:
            if self._clock() - self._people_at < KEPT_SECONDS:
                return
            self._people_at = self._clock()
            self._complete = False
            self._people.clear()
            self._changed.clear()
            try:
                async for about in self.pages("users.list", "members", include_locale=True):
                    if isinstance(about, Mapping) and word(about, "id"):
                        self._keep(word(about, "id"), about)
                    if len(self._people) >= MOST:
                        return
                self._complete = True
            except (Declined, Unclear) as error:
                log.warning("people are looked up one by one: %s", error)

    async def _read_channels(self, wanted: str) -> None:
        """Reads what channels there are: many that are new at once take one look."""
        async with self._reading:
            if self._clock() - self._channels_at < RELIST_SECONDS or self._has(wanted):
                return
            self._channels_at = self._clock()
            try:
                async for info in self.pages("users.conversations", "channels", types=CHANNEL_KINDS):
                    if isinstance(info, Mapping) and word(info, "id"):
                        self._keep_channel(word(info, "id"), info)
                    if len(self._channels) >= MOST:
                        return
            except (Declined, Unclear) as error:
                log.warning("channels are looked up one by one: %s", error)

    def _has(self, channel: str) -> bool:
        return self._fresh(self._channels.get(channel)) is not None

    def _fresh(self, kept: tuple[float, Known] | None) -> Known | None:
        return kept[1] if kept is not None and self._clock() - kept[0] < KEPT_SECONDS else None

    def _keep(self, user: str, about: Mapping[str, Any]) -> Person:
        guest = any(about.get(name) for name in ("is_restricted", "is_ultra_restricted", "is_stranger"))
        foreign = word(about, "team_id") not in ("", self._team)
        locale: Locale = "ko" if word(about, "locale").startswith("ko") else "en"
        # A bot reads nothing, and the house's own one is in no team.
        person = Person(outsider=not about.get("is_bot") and (guest or foreign or not about), locale=locale)
        if len(self._people) < MOST:
            self._people[user] = (self._clock(), person)
        return person

    def _keep_channel(self, channel: str, info: Mapping[str, Any]) -> Channel:
        if info.get("is_im") is True or info.get("is_mpim") is True:
            kind: Kind = "direct"
        else:
            kind = "public" if info.get("is_private") is False else "private"
        known = Channel(kind, shared=not info or any(info.get(name) for name in SHARED))
        if len(self._channels) < MOST:
            self._channels[channel] = (self._clock(), known)
        return known
