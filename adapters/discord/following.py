"""What is deleted in Discord is forgotten: messages and their files, channels, threads and servers."""

import logging
from dataclasses import dataclass

from adapters.discord.around import Around
from adapters.discord.changes import Change
from adapters.discord.heard import hear
from adapters.discord.offering import left_in
from adapters.discord.wording import learn_words
from adapters.forgetting import Forgetting
from core.departure import forget_workspace
from core.errors import SaseoError
from core.ports import DocumentFilter
from core.saseo import Saseo
from core.types import Audience, Document, Scope, Session

log = logging.getLogger(__name__)

PAGE = 200
MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class Following:
    """Keeps what is known true to what stands in Discord."""

    saseo: Saseo
    around: Around
    forgetting: Forgetting

    async def follow(self, change: Change) -> None:
        """Forgets what is gone, and reads again what was edited."""
        guild = str(change.guild_id or "@me")
        self.around.directory.changed(guild)
        try:
            await self._follow(change, guild, str(change.channel_id or ""))
        except SaseoError as error:
            log.warning("what happened in Discord could not be followed: %s", error.code)

    async def _follow(self, change: Change, guild: str, channel: str) -> None:
        if change.kind == "messages_deleted":
            await self._forget(guild, channel, frozenset(map(str, change.message_ids)))
        elif change.kind == "message_edited":
            await self._edited(change, guild, channel)
        elif change.kind in ("channel_deleted", "thread_deleted"):
            await self._forget_place(Scope.channel(Session("discord", guild, channel)))
            await self._forget(guild, channel)
        elif change.kind == "guild_left":
            await forget_workspace(self.saseo, "discord", guild)

    async def _edited(self, change: Change, guild: str, channel: str) -> None:
        """A message that is a document says something else now."""
        if change.message is None:
            return
        heard, session = hear(change.message), Session("discord", guild, channel)
        if self.around.shows(heard, me=self.around.directory.me):
            # A preview of a link is a change as well, and takes nothing away.
            await self.forgetting.message(session, heard.message, kept=left_in(heard))
        text = heard.text.strip()
        for document in await self._from(guild, channel, frozenset(map(str, change.message_ids))):
            if text:
                await learn_words(
                    self.saseo.knowledge, text, session=session, message=heard.message, scope=document.scope
                )

    async def _forget(self, guild: str, channel: str, messages: frozenset[str] | None = None) -> None:
        session = Session("discord", guild, channel)
        for message in messages or ():
            await self.forgetting.message(session, message)
        if messages is None:
            await self.forgetting.channel(session)
        found = await self._from(guild, channel, messages)
        if found:
            log.info("forgetting %d documents whose messages are gone", len(found))
            await self.saseo.library.forget([document.id for document in found])

    async def _from(self, guild: str, channel: str, messages: frozenset[str] | None) -> list[Document]:
        """The documents that came from these messages of a channel; None: from any."""
        found = await self._listed(DocumentFilter(origin_prefix=f"discord:{guild}:{channel}:"))
        return [one for one in found if messages is None or one.origin.rpartition(":")[2] in messages]

    async def _forget_place(self, scope: Scope) -> None:
        found = await self._listed(DocumentFilter(audience=Audience.of(scope)))
        await self.saseo.library.forget([document.id for document in found])

    async def _listed(self, where: DocumentFilter) -> list[Document]:
        found: list[Document] = []
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.saseo.catalogue.page(where, after=after, limit=PAGE)
            found += page.documents
            after = page.next
            if after is None:
                break
        return found
