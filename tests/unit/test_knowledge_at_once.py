"""Many people share and delete at once while channels turn private and public: in the end all stands as it should."""

import asyncio
import random

import pytest

from core.errors import Refused
from core.shares import Share, within
from core.types import Scope, Session
from tests.fakes.saseo import Core
from tests.unit.knowing import GENERAL, TEAM, documents, shared

CHANNELS = [Session("slack", "T1", name) for name in ("C1", "C2", "C12")]
FILES = {name: f"Rule {name} holds.".encode() for name in ("F1", "F12", "F2")}


class Slack:
    """What really stands in the channels, and who may read them."""

    def __init__(self, seed: int) -> None:
        self.core = Core()
        self.chance = random.Random(seed)
        self.private = dict.fromkeys(CHANNELS, False)
        self.standing: set[Share] = set()

    def scope(self, channel: Session) -> Scope:
        return Scope.channel(channel) if self.private[channel] else TEAM

    async def pause(self) -> None:
        for _ in range(self.chance.randrange(30)):
            await asyncio.sleep(0)

    async def person(self, number: int) -> None:
        """Posts files and deletes some of them again."""
        for turn in range(4):
            channel, item = self.chance.choice(CHANNELS), self.chance.choice(list(FILES))
            share = Share(channel, f"{number}.{turn}", item)
            self.standing.add(share)
            sharing = asyncio.create_task(self.share(share))
            await self.pause()
            if self.chance.random() < 0.5:
                self.standing.discard(share)
                await self.core.knowledge.unshare(within(channel, message=share.message))
            await self.pause()
            if self.chance.random() < 0.5:
                await sharing
            else:
                await asyncio.gather(sharing, self.pause())

    async def share(self, share: Share) -> None:
        """As an adapter does it: what was true when it began may not be true any more."""
        scope = self.scope(share.session)
        await self.pause()
        try:
            await self.core.knowledge.share_file(
                FILES[share.item], name=share.item, origin=f"slack:T1:file:{share.item}", scope=scope, share=share
            )
        except Refused:
            return
        if share not in self.standing:
            await self.core.knowledge.unshare(str(share))
        present = None
        while present != self.scope(share.session):
            present = self.scope(share.session)
            await self.core.knowledge.rescope(str(share), present)

    async def owner(self) -> None:
        """Turns channels private and public."""
        for _ in range(5):
            channel = self.chance.choice(CHANNELS)
            self.private[channel] = not self.private[channel]
            await self.core.knowledge.rescope(within(channel), self.scope(channel))
            await self.pause()


@pytest.mark.parametrize("seed", range(60))
async def test_in_the_end_all_stands_as_it_should(seed: int) -> None:
    slack = Slack(seed)
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(slack.person(number))
        group.create_task(slack.owner())
    core = slack.core

    expected = {(share.item, slack.scope(share.session)) for share in slack.standing}
    known = {(document.title, document.scope) for document in await documents(core)}
    assert known == expected
    assert len(await documents(core)) == len(expected)
    shared = [one for channel in CHANNELS for one in await core.store.shares.under(within(channel))]
    assert {one.share for one in shared} == slack.standing
    assert len(shared) == len(slack.standing)
    assert list(await core.store.shares.orphans()) == []
    assert list(await core.store.journal.leftovers()) == []
    assert await core.dense.count() == len(expected)
    for channel in CHANNELS:
        await core.knowledge.unshare(within(channel))
    assert await documents(core) == []


async def test_a_channel_that_is_moved_to_and_fro_is_gone_through_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.knowledge.MOST_PASSES", 1)
    core = Core()
    await shared(core)

    assert await core.knowledge.rescope(within(GENERAL), Scope.channel(GENERAL)) == 1
