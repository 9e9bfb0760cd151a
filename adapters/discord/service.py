"""What people may want beside an answer: help, the list of documents, adding, forgetting, a server to draw on."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from adapters.discord.answering import Answering, first_locale, session_of
from adapters.discord.api import ORIGINAL, Api, Declined, Unclear
from adapters.discord.downloading import Downloads
from adapters.discord.inbound import Asked
from adapters.discord.interactions import Judged, Wanted
from adapters.discord.outbound import Post, linked, said
from core.errors import Refused, SaseoError
from core.messages import render
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import Document

log = logging.getLogger(__name__)

LISTED = 20
FOLLOWUPS = 4
"""Further messages to one interaction: a bot that was brought along by its user is granted five."""


@dataclass(frozen=True, slots=True)
class Service:
    """Serves people. Nothing here raises: trouble is told to whoever asked, or logged."""

    saseo: Saseo
    api: Api
    answering: Answering
    downloads: Downloads
    accept: Callable[[Asked], Awaitable[bool]]

    async def serve(self, wanted: Wanted) -> None:
        """Does what somebody wants, and tells them."""
        wishes = {
            "help": self._help,
            "sources": self._sources,
            "forget": self._forget,
            "add": self._add,
            "learn": self._learn,
            "server": self._server,
        }
        place = wanted.place
        try:
            told = await wishes[wanted.wish](place)
        except SaseoError as error:
            told = said(error.text(first_locale(place)))
        await self._tell(place, told)

    async def judge(self, judged: Judged) -> None:
        """Keeps what somebody thinks of an answer."""
        place = judged.place
        log.info("%s was %s", judged.question, "helpful" if judged.helpful else "not helpful")
        try:
            await self.saseo.answers.judge(
                judged.question, helpful=judged.helpful, by=f"discord:{place.user}", text=place.text
            )
        except SaseoError as error:
            log.warning("an opinion was not kept: %s", error.code)

    async def apologise(self, asked: Asked, error: SaseoError) -> None:
        """Says why a question was not taken in."""
        await self.answering.say(asked, error.text(first_locale(asked)))

    async def _tell(self, place: Asked, told: Sequence[Post]) -> None:
        first, *further = told
        try:
            await self.api.edit_response(place.application, place.token, ORIGINAL, first.text)
            for post in further[:FOLLOWUPS]:
                await self.api.follow(place.application, place.token, post.text, private=True)
        except (Declined, Unclear) as error:
            log.warning("a command could not be answered: %s", error)

    async def _help(self, place: Asked) -> Sequence[Post]:
        return said(render("discord_desk.help", first_locale(place)))

    async def _sources(self, place: Asked) -> Sequence[Post]:
        locale = first_locale(place)
        # Only the asker sees the list.
        readable = await self.answering.directory.audience(replace(place, way="private"))
        where = DocumentFilter(audience=readable, state="ready", words=place.text or None)
        page = await self.saseo.catalogue.page(where, limit=LISTED)
        if not page.documents:
            return said(render("discord_desk.no_sources", locale))
        lines = [f"**{render('discord_desk.sources', locale, count=page.total)}**", *map(_line, page.documents)]
        if page.total > len(page.documents):
            lines.append(render("discord.more_sources", locale, count=page.total - len(page.documents)))
        return said("\n".join(lines))

    async def _forget(self, place: Asked) -> Sequence[Post]:
        locale = first_locale(place)
        if not place.text:
            scope = self.answering.session_scope
            for way in ("command", "private"):
                await self.saseo.history.clear(session_of(replace(place, way=way), scope=scope))
            return said(render("discord_desk.forgot_talk", locale))
        document = await self.saseo.catalogue.find(place.text.strip("`"))
        if document is None or document.scope != await self.answering.directory.shelf(place):
            # Whether it exists elsewhere is nobody's business here.
            raise Refused("discord_desk.not_here", document=place.text[:100])
        await self.saseo.library.forget([document.id])
        return said(render("discord_desk.forgot", locale, title=document.title))

    async def _add(self, place: Asked) -> Sequence[Post]:
        """A link, files, or both."""
        if not place.text and not place.attachments:
            raise Refused("discord_desk.nothing_to_add")
        scope = await self.answering.directory.shelf(place)
        added = [(await self.saseo.library.add_link(place.text, scope=scope)).document] if place.text else []
        added += await self.downloads.add(place, scope=scope)
        return self._added(added, place)

    async def _learn(self, place: Asked) -> Sequence[Post]:
        """A message, with the files that it brings."""
        if not place.text and not place.attachments:
            raise Refused("discord_desk.nothing_in_it")
        scope = await self.answering.directory.shelf(place)
        added = []
        if place.text:
            origin, url = f"{place.place}:{place.reference}", _link(place, place.reference)
            text = await self.saseo.library.add_text(place.text, origin=origin, scope=scope, url=url)
            added.append(text.document)
        added += await self.downloads.add(place, scope=scope)
        return self._added(added, place)

    def _added(self, documents: Sequence[Document], place: Asked) -> Sequence[Post]:
        locale = first_locale(place)
        lines = [render("discord_desk.added", locale, title=linked(one.title, one.url)) for one in documents]
        return said("\n".join([*lines, f"-# {render('discord_desk.added_how', locale)}"]))

    async def _server(self, place: Asked) -> Sequence[Post]:
        """The choice of a server, and then the answer to what was asked before it."""
        homes, locale = self.answering.directory.homes, first_locale(place)
        name = await homes.choose(place, place.text)
        if name is None:
            raise Refused("discord_desk.no_member")
        waited = homes.waited(place.user)
        if waited is not None:
            await self.accept(replace(waited, id=f"{waited.id}:{place.text}"))
        return said(render("discord_desk.chosen", locale, server=linked(name, None)))


def _line(document: Document) -> str:
    return f"- {linked(document.title, document.url)}"


def _link(place: Asked, message: str) -> str:
    """Opens a message in Discord."""
    return f"https://discord.com/channels/{place.guild}/{place.target}/{message}"
