"""What people may want beside an answer: help, the list of documents, forgetting, a server to draw on."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from adapters.discord.answering import Answering, first_locale, session_of
from adapters.discord.api import ORIGINAL, Api, Declined, Unclear
from adapters.discord.inbound import Asked
from adapters.discord.interactions import Judged, Wanted
from adapters.discord.keeping import Keeping
from adapters.discord.outbound import Post, linked, said
from adapters.discord.views import view_of
from core.errors import Refused, SaseoError
from core.messages import render
from core.saseo import Saseo

log = logging.getLogger(__name__)

FOLLOWUPS = 4
"""Further messages to one interaction: a bot that was brought along by its user is granted five."""


@dataclass(frozen=True, slots=True)
class Service:
    """Serves people. Nothing here raises: trouble is told to whoever asked, or logged."""

    saseo: Saseo
    api: Api
    answering: Answering
    keeping: Keeping
    accept: Callable[[Asked], Awaitable[bool]]

    async def serve(self, wanted: Wanted, doing: Awaitable[Sequence[Post]] | None = None) -> None:
        """Does what somebody wants, unless it is being done, and tells them."""
        await self._tell(wanted.place, await (doing or self.done(wanted)))

    async def done(self, wanted: Wanted) -> Sequence[Post]:
        """Does what somebody wants; what there is to tell."""
        wishes = {
            "help": self._help,
            "sources": self.keeping.sources,
            "refresh": self.keeping.refresh,
            "gaps": self.keeping.gaps,
            "forget": self._forget,
            "server": self._server,
        }
        place = wanted.place
        try:
            settings = wanted.wish == "settings"
            return await (self.keeping.settings(wanted) if settings else wishes[wanted.wish](place))
        except SaseoError as error:
            return said(error.text(first_locale(place)))

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
            await self.api.edit_response(place.application, place.token, ORIGINAL, first.text, view=view_of(first))
            for post in further[:FOLLOWUPS]:
                await self.api.follow(place.application, place.token, post.text, private=True, view=view_of(post))
        except (Declined, Unclear) as error:
            log.warning("a command could not be answered: %s", error)

    async def _help(self, place: Asked) -> Sequence[Post]:
        return said(render("discord_desk.help", first_locale(place)))

    async def _forget(self, place: Asked) -> Sequence[Post]:
        locale = first_locale(place)
        if not place.text:
            scope = await self.answering.scope_at(place)
            for way in ("command", "private"):
                await self.saseo.history.clear(session_of(replace(place, way=way), scope=scope))
            return said(render("discord_desk.forgot_talk", locale))
        document = await self.saseo.catalogue.find(place.text.strip("`"))
        if document is None or document.scope != await self.answering.directory.own(place):
            # Whether it exists elsewhere is nobody's business here.
            raise Refused("discord_desk.not_here", document=place.text[:100])
        await self.saseo.library.forget([document.id])
        return said(render("discord_desk.forgot", locale, title=document.title))

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
