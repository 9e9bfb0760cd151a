"""Puts together what keeps knowledge alive in each workspace; what all of them share is made once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from adapters.forgetting import Forgetting
from adapters.learning import Learning
from adapters.refusals import ChannelBook
from adapters.slack.api import Api
from adapters.slack.files import Files
from adapters.slack.inbound import Rules
from adapters.slack.membership import Membership
from adapters.slack.replies import Replies
from adapters.slack.shelving import Shelving
from adapters.slack.standing import Standing
from adapters.slack.telling import Telling
from adapters.slack.wishes import Wishes
from core.saseo import Saseo

if TYPE_CHECKING:
    from adapters.slack.workspaces import Workspace


@dataclass(slots=True)
class Living:
    """Furnishes workspaces."""

    saseo: Saseo
    rules: Rules
    clock: Callable[[], datetime]
    most_bytes: int
    api_url: str
    learning: Learning = field(init=False)
    soon: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somewhere people have changed."""

    def __post_init__(self) -> None:
        self.learning = Learning(Forgetting(self.saseo.knowledge, ChannelBook(self.saseo.channels, self.clock)))

    def wishes(self, api: Api, membership: Membership) -> Wishes:
        """Fulfils wishes in one workspace."""
        return Wishes(self.saseo, api, membership, self.learning.forgetting.book, self.clock)

    def furnish(
        self,
        workspace: "Workspace",
        membership: Membership,
        replies: Replies,
        session: aiohttp.ClientSession,
        *,
        holder: str,
        full: Callable[[], bool],
    ) -> Shelving:
        """Gives a workspace what reads and what tells there."""
        api, me = workspace.api, workspace.me
        workspace.telling = Telling(self.saseo, api, me, membership, self.clock)
        workspace.shelving = Shelving(
            self.saseo,
            api,
            me,
            self.rules,
            membership,
            replies,
            self.learning,
            Files(api, session, lambda: workspace.client.token, self.most_bytes, urlsplit(self.api_url).netloc),
            Standing(api, me, membership, self.saseo.knowledge, soon=self.soon),
            holder=holder,
            start=workspace.start,
            full=full,
            spawn=workspace.spawn,
            clock=self.clock,
        )
        return workspace.shelving
