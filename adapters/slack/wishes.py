"""What people may want of the knowledge in their channel: its gaps, a fresh look at its links, and its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.deciding import decide
from adapters.refreshing import Refreshing
from adapters.refusals import ChannelBook
from adapters.sharing import clean
from adapters.slack.api import Api
from adapters.slack.escaping import escaped, harmless
from adapters.slack.inbound import Asked
from adapters.slack.managing import may_manage
from adapters.slack.membership import Membership
from adapters.slack.outbound import Post, grouped, section
from core.audience import shelf
from core.channels import INGESTIONS, ChannelSettings, ingestion_at
from core.errors import Refused
from core.messages import render
from core.saseo import Saseo
from core.types import Document, now

GAPS_SHOWN = 10
GAPS_LOOKED_AT = 100
GAPS_DAYS = 30


@dataclass(slots=True)
class Wishes:
    """Fulfils wishes in one workspace. Everything is told to whoever has the wish. Raises SaseoError."""

    saseo: Saseo
    api: Api
    membership: Membership
    book: ChannelBook
    clock: Callable[[], datetime] = now
    refreshing: Refreshing = field(init=False)

    def __post_init__(self) -> None:
        self.refreshing = Refreshing(self.saseo)

    async def gaps(self, place: Asked) -> Post:
        """What was asked here for everybody to see, or by this person alone, and could not be answered."""
        locale = await self.membership.locale(place.user)
        since = self.clock() - timedelta(days=GAPS_DAYS)
        rows = await self.saseo.answers.unanswered(session=place.channel_session, since=since, limit=GAPS_LOOKED_AT)
        texts = dict.fromkeys(row.text for row in rows if row.thread or row.author == place.user)
        if not texts:
            return _post([render("wishes.gaps_none", locale)])
        lines = [f"• {_shown(text)}" for text in list(texts)[:GAPS_SHOWN]]
        return _post([f"*{render('wishes.gaps', locale)}*", *lines, render("wishes.gaps_how", locale)])

    async def refresh(self, place: Asked) -> Post:
        """Looks at the links again that were shared here."""
        locale = await self.membership.locale(place.user)
        scope = shelf(await self.membership.place(replace(place, way="command")))
        return _post([await self.refreshing.refresh(place.channel, scope=scope, locale=locale)])

    async def ingestion(self, place: Asked) -> Post:
        """Shows or changes what happens to what is shared here."""
        wanted = next((choice for choice in INGESTIONS if choice == place.text.strip().lower()), None)
        settings = await self._settings(place, None if wanted is None else {"ingestion": wanted})
        locale = await self.membership.locale(place.user)
        kind = (await self.membership.place(replace(place, way="command"))).kind
        present = "auto" if kind == "direct" else ingestion_at(settings, public=kind == "public")
        return _post([render("wishes.ingestion_is", locale, now=render(f"wishes.ingestion_{present}", locale))])

    async def notices(self, place: Asked) -> Post:
        """Shows or changes whether the bot speaks here by itself."""
        wanted = {"on": True, "off": False}.get(place.text.strip().lower())
        settings = await self._settings(place, None if wanted is None else {"notices": wanted})
        locale = await self.membership.locale(place.user)
        present = render("wishes.notices_on" if settings.notices else "wishes.notices_off", locale)
        return _post([render("wishes.notices_are", locale, now=present)])

    async def refusals(self, place: Asked) -> list[str]:
        """Lines about what was shared here and not read."""
        locale = await self.membership.locale(place.user)
        found = await self.book.listed(place.channel_session)
        if not found:
            return []
        lines = [f"• {harmless(escaped(one.text(locale)))}" for one in found]
        return [f"*{render('wishes.refused', locale)}*", *lines]

    async def state(self, document: Document, locale: str) -> str:
        """What is wrong with a document; empty where nothing is."""
        if document.error is None:
            return ""
        code = "wishes.dead" if document.state == "dead" else "wishes.failing"
        return render(code, locale, reason=harmless(escaped(clean(document.error))))

    async def _settings(self, place: Asked, change: Mapping[str, Any] | None) -> ChannelSettings:
        if change is None:
            return await self.saseo.channels.get(place.channel_session)
        if not await may_manage(self.api, place):
            raise Refused("wishes.may_not")
        who = f"slack:{place.team}:{place.user}"
        _, settings = await decide(self.saseo.channels, self.saseo.audit, place.channel_session, change, who=who)
        return settings


def _shown(text: str) -> str:
    return harmless(escaped(" ".join(text.split())[:200]))


def _post(lines: list[str]) -> Post:
    return Post(lines[0], tuple(section("\n".join(group)) for group in grouped(lines)))
