"""What people may want of the knowledge in their channel: a list of it, its gaps, and its settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.choosing import decided, summary
from adapters.deciding import decide
from adapters.discord.answering import first_locale
from adapters.discord.around import Around
from adapters.discord.components import SETTINGS as WRITING
from adapters.discord.components import component_id
from adapters.discord.escaping import escaped, harmless
from adapters.discord.inbound import Asked
from adapters.discord.interactions import Wanted
from adapters.discord.offering import session_of
from adapters.discord.outbound import Button, Post, linked, said
from adapters.discord.views import writing
from adapters.refreshing import Refreshing
from adapters.refusals import ChannelBook
from adapters.sharing import clean
from core.answers import Answered
from core.channels import ingestion_at
from core.errors import Refused, SaseoError
from core.messages import render
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import Document, now

if TYPE_CHECKING:
    from discord.ui import Modal

LISTED = 20
GAPS_SHOWN = 10
GAPS_LOOKED_AT = 100
GAPS_DAYS = 30
QUESTION_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Keeping:
    """Tells it to whoever wants to know. Raises SaseoError."""

    saseo: Saseo
    around: Around
    book: ChannelBook
    refreshing: Refreshing
    clock: Callable[[], datetime] = now

    async def sources(self, place: Asked) -> Sequence[Post]:
        """What this person can ask about here, what is wrong with it, and what was not read."""
        locale = first_locale(place)
        # Only the asker sees the list.
        readable = await self.around.directory.audience(replace(place, way="private"))
        page = await self.saseo.catalogue.page(
            DocumentFilter(audience=readable, words=place.text or None), limit=LISTED
        )
        told = not place.text and await self.around.directory.shelf(place) in readable
        refused = await self._refused(place, locale) if told else []
        if not page.documents and not refused:
            return said(render("discord_desk.no_sources", locale))
        lines = [f"**{render('discord_desk.sources', locale, count=page.total)}**"]
        lines += [_described(document, locale) for document in page.documents]
        if page.total > len(page.documents):
            lines.append(render("discord.more_sources", locale, count=page.total - len(page.documents)))
        return said("\n".join([*lines, *refused]))

    async def refresh(self, place: Asked) -> Sequence[Post]:
        """Looks at the links again that were shared here."""
        scope = await self.around.directory.shelf(place)
        return said(await self.refreshing.refresh(place.target, scope=scope, locale=first_locale(place)))

    async def gaps(self, place: Asked) -> Sequence[Post]:
        """What was asked here for everybody to see and could not be answered."""
        locale = first_locale(place)
        if await self.around.directory.own(place) is None:
            return said(render("discord_sharing.gaps_none", locale))
        since = self.clock() - timedelta(days=GAPS_DAYS)
        rows = await self.saseo.answers.unanswered(session=place.session(), since=since, limit=GAPS_LOOKED_AT)
        texts = dict.fromkeys(row.text for row in rows if not _alone(row))
        if not texts:
            return said(render("discord_sharing.gaps_none", locale))
        lines = [f"- {escaped(' '.join(text.split())[:QUESTION_LIMIT])}" for text in list(texts)[:GAPS_SHOWN]]
        head, how = (render(f"discord_sharing.{name}", locale) for name in ("gaps", "gaps_how"))
        return said("\n".join([f"**{head}**", *lines, f"-# {how}"]))

    async def settings(self, wanted: Wanted) -> Sequence[Post]:
        """Shows what this channel has decided, after changing what is to be changed by those who may."""
        place, session = wanted.place, wanted.place.session()
        changes = decided(wanted.options)
        if changes and not wanted.manages:
            raise Refused("channels.may_not")
        if changes:
            who = f"discord:{place.user}"
            _, settings = await decide(self.saseo.channels, self.saseo.audit, session, changes, who=who)
        else:
            settings = await self.saseo.channels.get(session)
        locale = first_locale(place)
        kind = await self.around.kind(replace(place, thread=""))
        present = "auto" if kind == "direct" else ingestion_at(settings, public=kind == "public")
        notices = "on" if settings.notices else "off"
        content = settings.trigger != "mention" and not self.around.reads_along()
        lines = [
            f"**{render('channels.changed' if changes else 'channels.settings', locale)}**",
            *(f"- {harmless(line)}" for line in summary(settings, locale, without=("ingestion", "notices"))),
            *([render("channels.content", locale)] if content else []),
            render("discord_sharing.ingestion_is", locale, now=render(f"discord_sharing.ingestion_{present}", locale)),
            render("discord_sharing.notices_are", locale, now=render(f"discord_sharing.notices_{notices}", locale)),
            f"-# {render('discord_sharing.settings_how', locale)}",
        ]
        *earlier, last = said("\n".join(lines))
        button = Button(component_id(WRITING), render("channels.edit_texts", locale))
        return [*earlier, replace(last, buttons=(button,))] if wanted.manages else [*earlier, last]

    async def texts(self, wanted: Wanted, *, locale: str) -> "Modal | str":
        """The dialogue for what is written in the settings; a sentence for those who may not change it."""
        if not wanted.manages:
            return render("channels.may_not", locale)
        try:
            return writing(await self.saseo.channels.lately(wanted.place.session()), locale=locale)
        except SaseoError as error:
            return error.text(locale)

    async def _refused(self, place: Asked, locale: str) -> list[str]:
        """Lines about what was shared here and not read."""
        places = dict.fromkeys((session_of(place), place.session()))
        found = [one for session in places for one in await self.book.listed(session)]
        lines = [f"- {harmless(one.text(locale))}" for one in found]
        return [f"**{render('discord_sharing.refused', locale)}**", *lines] if lines else []


def _described(document: Document, locale: str) -> str:
    """A document in the list, and what is wrong with it."""
    line = f"- {linked(document.title, document.url)}"
    if document.error is None and document.state == "ready":
        return line
    code = "discord_sharing.dead" if document.state == "dead" else "discord_sharing.failing"
    return f"{line} · {render(code, locale, reason=harmless(clean(document.error or document.state)))}"


def _alone(row: Answered) -> bool:
    """Whether one person asked it without the others."""
    return row.session.channel.rpartition("/")[2] == row.author
