"""What people may want beside an answer: help, the list of documents, forgetting, adding a message, the Home tab."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.slack.answering import session_of
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.commands import Adding, Judged, Wanted, Wish
from adapters.slack.deciding import Deciding
from adapters.slack.escaping import escaped, harmless
from adapters.slack.inbound import Asked, Me, Opened
from adapters.slack.membership import Membership
from adapters.slack.outbound import Post, asking_why, grouped, linked, said, section
from adapters.slack.replies import Replies
from adapters.slack.wishes import Wishes
from adapters.slack.wording import learn_words
from core.audience import audience, own
from core.errors import Refused, SaseoError
from core.messages import render
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import Audience, Document

log = logging.getLogger(__name__)

LISTED = 20
PROMPTS = ("slack.prompt_first", "slack.prompt_second", "slack.prompt_third")


@dataclass(frozen=True, slots=True)
class Service:
    """Serves the people of one workspace. Nothing here raises: trouble is told to whoever asked, or logged."""

    saseo: Saseo
    api: Api
    me: Me
    membership: Membership
    replies: Replies
    wishes: Wishes
    deciding: Deciding

    async def serve(self, wanted: Wanted, doing: Awaitable[Post] | None = None) -> None:
        """Does what somebody wants, unless it is being done, and tells them."""
        if wanted.wish == "settings":
            await self.deciding.open(wanted)
            return
        await self._told(wanted.place, doing or self.done(wanted))

    async def done(self, wanted: Wanted) -> Post:
        """Does what somebody wants; what there is to tell. Raises SaseoError."""
        own = self.wishes
        wishes: Mapping[Wish, Callable[[Asked], Awaitable[Post]]] = {
            "help": self._help,
            "sources": self._sources,
            "forget": self._forget,
            "refresh": own.refresh,
            "gaps": own.gaps,
            "ingestion": own.ingestion,
            "notices": own.notices,
        }
        return await wishes[wanted.wish](wanted.place)

    async def silent(self, asked: Asked) -> None:
        """Says to whoever asks with a command that nothing is answered there."""
        await self._told(asked, self._silent(asked))

    async def add(self, adding: Adding) -> None:
        """Takes a message in as a document for those who could read it."""
        await self._told(adding.place, self._add(adding))

    async def thank(self, judged: Judged) -> None:
        """Keeps what somebody thinks of an answer, and asks for the reason where it did not help."""
        place = judged.place
        log.info("%s was %s", judged.question, "helpful" if judged.helpful else "not helpful")
        try:
            await self.saseo.answers.judge(
                judged.question, helpful=judged.helpful, by=f"slack:{place.team}:{place.user}", text=place.text
            )
        except SaseoError as error:
            log.warning("an opinion was not kept: %s", error.code)
        if judged.trigger and not judged.helpful:
            await self._ask_why(judged)
        if place.response_url:
            await self._told(place, self._thanks(judged))

    async def open(self, opened: Opened) -> None:
        """Shows the Home tab, or proposes questions in the Messages tab."""
        locale = await self.membership.locale(opened.user)
        try:
            if opened.tab == "home":
                await self.api.call("views.publish", user_id=opened.user, view=await self._home(opened, locale))
            elif opened.tab == "messages" and opened.channel:
                prompts = [{"title": render(code, locale), "message": render(code, locale)} for code in PROMPTS]
                # With a thread it would fail in silence where the app has the agent view.
                await self.api.call("assistant.threads.setSuggestedPrompts", channel_id=opened.channel, prompts=prompts)
        except (Declined, Unclear, SaseoError) as error:
            log.info("the app's own pages stay as they are: %s", error)

    async def _told(self, place: Asked, post: Awaitable[Post]) -> None:
        try:
            try:
                told = await post
            except SaseoError as error:
                told = said(error.text(await self.membership.locale(place.user)))
            await self.replies.respond(place.response_url, told)
        except (Declined, Unclear) as error:
            log.warning("a command could not be answered: %s", error)

    async def _silent(self, place: Asked) -> Post:
        locale = await self.membership.locale(place.user)
        return said(render("channels.off", locale, command="/saseo settings"))

    async def _help(self, place: Asked) -> Post:
        return said(render("slack.help", await self.membership.locale(place.user)))

    async def _thanks(self, judged: Judged) -> Post:
        locale = await self.membership.locale(judged.place.user)
        return said(render("slack.thanks_good" if judged.helpful else "slack.thanks_bad", locale))

    async def _ask_why(self, judged: Judged) -> None:
        # The window may be opened for three seconds only: the language is the one that is known already.
        locale = self.membership.known_locale(judged.place.user) or "en"
        view = asking_why(judged.question, judged.place.channel, locale=locale)
        try:
            await self.api.call("views.open", patience=1.0, trigger_id=judged.trigger, view=view)
        except (Declined, Unclear) as error:
            log.info("nobody is asked why: %s", error)

    async def _sources(self, place: Asked) -> Post:
        locale = await self.membership.locale(place.user)
        readable = audience(await self.membership.place(place))
        documents, total = await self._listed(readable, words=place.text)
        refused = await self.wishes.refusals(place)
        if not documents and not refused:
            return said(render("slack.no_sources", locale))
        lines = [await self._described(document, locale) for document in documents]
        head = render("slack.sources", locale, count=total)
        more = [render("slack.more_sources", locale, count=total - len(lines))] if total > len(lines) else []
        groups = [section("\n".join(group)) for group in grouped([f"*{head}*", *lines, *more, *refused])]
        return Post(head, tuple(groups))

    async def _described(self, document: Document, locale: str) -> str:
        state = await self.wishes.state(document, locale)
        return f"{_line(document)} · {state}" if state else _line(document)

    async def _forget(self, place: Asked) -> Post:
        locale = await self.membership.locale(place.user)
        if not place.text:
            # What was asked here by everybody, and by this person alone.
            for way in ("command", "private"):
                await self.saseo.history.clear(session_of(replace(place, way=way), scope="channel"))
            return said(render("slack.forgot_talk", locale))
        mine = own(await self.membership.place(replace(place, way="command")))
        document = await self.saseo.catalogue.find(place.text.strip("`"))
        if document is None or document.scope != mine:
            # Whether it exists elsewhere is nobody's business here.
            raise Refused("slack.not_here", document_id=place.text[:100])
        await self.saseo.library.forget([document.id])
        return said(render("slack.forgot", locale, title=document.title))

    async def _add(self, adding: Adding) -> Post:
        place = adding.place
        locale = await self.membership.locale(place.user)
        added = await learn_words(self.saseo, self.api, self.membership, place, adding.message)
        return said(render("slack.added", locale, title=added.document.title, document_id=added.document.id))

    async def _home(self, opened: Opened, locale: str) -> Mapping[str, Any]:
        asked = Asked("", "private", self.me.team, opened.channel or opened.user, opened.user, "", kind="im")
        readable = audience(await self.membership.place(replace(asked, way="direct")))
        documents, total = await self._listed(readable)
        head = render("slack.sources" if documents else "slack.no_sources", locale, count=total)
        lines = [f"*{head}*", *map(_line, documents)]
        blocks = [section(render("slack.help", locale)), {"type": "divider"}]
        blocks += [section("\n".join(group)) for group in grouped(lines)]
        return {"type": "home", "blocks": blocks}

    async def _listed(self, readable: Audience, *, words: str = "") -> tuple[Sequence[Document], int]:
        where = DocumentFilter(audience=readable, words=words or None)
        page = await self.saseo.catalogue.page(where, limit=LISTED)
        return page.documents, page.total


def _line(document: Document) -> str:
    title = harmless(escaped(" ".join(document.title.split())[:120])) or "?"
    return f"• {linked(title, document.url)}  `{document.id}`"
