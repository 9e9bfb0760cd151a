"""Lets those who manage a channel decide what happens there, in a window."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from adapters.choosing import decided, summary
from adapters.deciding import decide
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.commands import Decided, Wanted
from adapters.slack.escaping import escaped, harmless
from adapters.slack.inbound import Asked
from adapters.slack.managing import may_manage
from adapters.slack.membership import Membership
from adapters.slack.outbound import Post, grouped, said, section
from adapters.slack.replies import Replies
from adapters.slack.window import faults, window
from core.audit import AuditLog
from core.channels import USUAL, ChannelSettings, changed
from core.errors import Refused, SaseoError
from core.messages import render
from core.remembered_channels import RememberedChannels

log = logging.getLogger(__name__)

LOCALE_SECONDS = 1.0
"""A window must be opened within three seconds. To read who everybody is may take longer, and goes on meanwhile."""


@dataclass(frozen=True, slots=True)
class Deciding:
    """For one workspace. Nothing here raises, but `check`: trouble is told to whoever decides."""

    channels: RememberedChannels
    audit: AuditLog
    api: Api
    membership: Membership
    replies: Replies

    def check(self, sent: Decided) -> dict[str, Any]:
        """What the open window is told of what makes no sense; empty where all of it does."""
        try:
            changed(USUAL, decided(sent.form))
        except Refused as error:
            locale = self.membership.known_locale(sent.place.user) or "en"
            return dict(faults(error.text(locale), str(error.details["field"])))
        return {}

    async def open(self, wanted: Wanted) -> None:
        """Opens the window for those who may decide."""
        place = wanted.place
        try:
            may, locale = await asyncio.gather(may_manage(self.api, place), self._soon_locale(place))
            if not may:
                await self._refuse(place)
                return
            settings = await self.channels.get(place.channel_session)
            view = window(settings, channel=place.channel, response_url=place.response_url, locale=locale)
            await self.api.call("views.open", patience=1.0, trigger_id=wanted.trigger, view=view)
        except (Declined, Unclear) as error:
            log.warning("a window was not opened: %s", error)
            await self._tell(place, said(render("channels.late", await self.membership.locale(place.user))))
        except SaseoError as error:
            await self._tell(place, said(error.text(await self.membership.locale(place.user))))

    async def decide(self, sent: Decided) -> None:
        """Changes what was decided, and says how it is from now on."""
        place = sent.place
        locale = await self.membership.locale(place.user)
        try:
            if not await may_manage(self.api, place):
                await self._refuse(place)
                return
            who, changes = f"slack:{place.team}:{place.user}", decided(sent.form)
            before, after = await decide(self.channels, self.audit, place.channel_session, changes, who=who)
            await self._tell(place, told(after, locale, same=after == before))
        except SaseoError as error:
            await self._tell(place, said(error.text(locale)))

    async def _soon_locale(self, place: Asked) -> str:
        """The language of somebody, as far as it is known in time for a window."""
        looking = asyncio.create_task(self.membership.locale(place.user))
        looking.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.wait({looking}, timeout=LOCALE_SECONDS)
        return looking.result() if looking.done() else "en"

    async def _refuse(self, place: Asked) -> None:
        await self._tell(place, said(render("wishes.may_not", await self.membership.locale(place.user))))

    async def _tell(self, place: Asked, post: Post) -> None:
        try:
            await self.replies.respond(place.response_url, post)
        except (Declined, Unclear) as error:
            # The address lives for half an hour, and a window may be open for longer.
            log.info("said to one person in the channel instead: %s", error)
            await self.replies.whisper(place, post.text, blocks=post.blocks)


def told(settings: ChannelSettings, locale: str, *, same: bool) -> Post:
    """How it is in a channel."""
    head = render("channels.unchanged" if same else "channels.changed", locale)
    lines = [f"• {harmless(escaped(line))}" for line in summary(settings, locale)]
    groups = grouped([f"*{escaped(head)}*", *(line[:2000] for line in lines)])
    return Post(head, tuple(section("\n".join(group)) for group in groups))
