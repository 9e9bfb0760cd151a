"""The stories of forgetting, the same on every platform: whatever goes is gone within seconds, also while the bot is
away, and never cited again."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any

import pytest

from adapters.discord.standing import Standing
from core.types import Document
from tests.fakes.discord.faults import Fault as DiscordFault
from tests.fakes.saseo import Core
from tests.fakes.slack.faults import Fault as SlackFault
from tests.integration.conformance import PLATFORMS, OnDiscord, OnSlack, Place, Platform, on, quiet, told
from tests.integration.discord_answering import POST
from tests.integration.http_asking import client_of
from tests.integration.people import (
    NOTHING,
    PAGE,
    commanded,
    delete,
    documents,
    edit,
    holds,
    kept_of,
    known,
    on_discord,
    on_slack,
    post,
    share,
    share_again,
)
from tests.integration.slack_running import ANSWER, LEAVE, QUESTION, knowing

every = pytest.mark.parametrize("platform", PLATFORMS)
SAID = "15 days"
PROMISED = 5.0
"""Seconds in which what goes is forgotten."""
TRACES = 5
"""The document, its passage in two indexes, what an answer cites of it, and the answer itself."""
Way = Callable[[Platform, Place, Any], object]

SLACK: dict[str, Way] = {
    "message deleted": lambda there, _, message: delete(there, message),
    "link edited away": lambda there, _, message: edit(there, message, "nothing"),
    "file deleted": lambda there, _, message: on_slack(there).fake.delete_file(message.files[0]),
    "file taken out": lambda there, _, message: on_slack(there).fake.drop_file(message, message.files[0]),
    "channel archived": lambda there, place, _: on_slack(there).fake.archive(place.id),
    "channel deleted": lambda there, place, _: on_slack(there).fake.delete_channel(place.id),
    "bot removed": lambda there, place, _: on_slack(there).fake.leave(place.id),
}
DISCORD: dict[str, Way] = {
    "message deleted": lambda there, _, message: delete(there, message),
    "link edited away": lambda there, _, message: edit(there, message, "nothing"),
    "messages deleted together": lambda there, _, message: on_discord(there).fake.delete_many([message]),
    "file taken out": lambda there, _, message: on_discord(there).fake.edit(message, "", without_files=True),
    "channel deleted": lambda there, place, _: on_discord(there).fake.delete_channel(place.id),
    "bot removed": lambda there, _, message: on_discord(there).fake.leave(
        on_discord(there).fake.bot, message.channel.guild
    ),
}
WAYS = [("slack", way) for way in SLACK] + [("discord", way) for way in DISCORD]
ways = pytest.mark.parametrize(("platform", "way"), WAYS, ids=[f"{platform}, {way}" for platform, way in WAYS])


def go(there: Platform, way: str, place: Place, message: Any) -> None:
    """It goes."""
    (SLACK if isinstance(there, OnSlack) else DISCORD)[way](there, place, message)


async def asked_about(there: Platform, way: str, place: Place) -> tuple[Any, Document]:
    """Something that was shared, and about which somebody has asked."""
    message = post(there, PAGE, place) if way == "link edited away" else share(there, "leave.txt", LEAVE, place)
    (document,) = await known(there.core, 1)
    there.ask(QUESTION, place=place, mina=True)

    async def everywhere() -> bool:
        return len(await kept_of(there.core, document, place.session, said=SAID)) == TRACES

    await holds(everywhere, what="an answer to be kept")
    return message, document


async def forgotten(core: Core, document: Document, place: Place, *, seconds: float) -> None:
    """Waits until nothing of it is kept anywhere."""

    async def gone() -> bool:
        return not await kept_of(core, document, place.session, said=SAID)

    began = time.monotonic()
    try:
        await holds(gone, what="nothing to be kept", seconds=seconds)
    except AssertionError:
        raise AssertionError(await kept_of(core, document, place.session, said=SAID)) from None
    assert time.monotonic() - began < seconds


async def stocked() -> Core:
    """A core that quotes, and knows nothing yet of what is asked."""
    core = await knowing(text=NOTHING, pages={PAGE: LEAVE.encode()})
    core.chat = core.chat_with(None)
    return core


@ways
async def test_what_goes_is_forgotten_with_all_that_is_kept_of_it(platform: str, way: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        message, document = await asked_about(there, way, place)
        go(there, way, place, message)
        await forgotten(core, document, place, seconds=PROMISED)
        await quiet(there)
        assert not [one for one in core.store.inbox._entries.values() if one.finished_at is None]


@ways
async def test_what_goes_while_the_bot_is_away_is_forgotten_when_it_comes_back(
    platform: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Standing.__init__, "__defaults__", (0.0, *(Standing.__init__.__defaults__ or ())[1:]))
    core = await stocked()
    async with on(platform, core) as there:
        place = there.hidden()
        async with there.running():
            message, document = await asked_about(there, way, place)
        go(there, way, place, message)
        async with there.running():
            await forgotten(core, document, place, seconds=PROMISED)


@every
@pytest.mark.parametrize("way", ["command", "API"])
async def test_what_somebody_forgets_is_gone_wherever_the_message_stands(platform: str, way: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        _, document = await asked_about(there, way, place)
        if way == "command":
            await commanded(there, "forget", document.id, place=place, option="document")
            assert await documents(core) == [], "what was seen to be taken in is done, whatever happens next"
        else:
            async with client_of(core) as client:
                assert (await client.delete(f"/api/v1/documents/{document.id}")).status_code == 200
        await forgotten(core, document, place, seconds=PROMISED)


@every
async def test_a_file_in_two_channels_stays_until_it_is_gone_from_both(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        first, second = there.hidden(), there.hidden()
        message = share(there, "leave.txt", LEAVE, first)
        await known(core, 1)
        again = share_again(there, message, second)
        assert {one.scope for one in await known(core, 2)} == {first.scope, second.scope}
        delete(there, message)
        assert [one.scope for one in await known(core, 1)] == [second.scope]
        there.ask(QUESTION, place=second, mina=True)
        await told(there, "15 days")
        delete(there, again)
        await known(core, 0)


@every
@pytest.mark.parametrize("shown", [0, 1, 2], ids=["before a word", "after some", "after the answer"])
async def test_what_is_deleted_while_an_answer_is_written_is_not_cited(platform: str, shown: int) -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:shown], gate, *ANSWER[shown:], text=NOTHING)
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        message = share(there, "leave.txt", LEAVE, place)
        await told(there, "leave.txt")
        there.ask(QUESTION, place=place, mina=True)
        await asyncio.wait_for(core.model.called.wait(), 20)  # type: ignore[union-attr]
        if shown:
            await holds_shown(there, ANSWER[0].strip())
        delete(there, message)
        await known(core, 0)
        gate.set()
        await quiet(there)
        *_, answer = there.answers(place)
        assert "15 days" not in there.shown(answer)
        assert "leave" not in there.shown(answer)
        assert not await documents(core)


@every
@pytest.mark.parametrize("crash", [False, True], ids=["in one process", "over a restart"])
async def test_what_is_deleted_while_its_answer_cannot_be_delivered_is_not_cited(
    platform: str, monkeypatch: pytest.MonkeyPatch, *, crash: bool
) -> None:
    for name in PLATFORMS:
        monkeypatch.setattr(f"adapters.{name}.answering.DELIVERY_WAITS", (0.1,) * 200)
    core = await stocked()
    async with on(platform, core) as there:
        place = there.hidden()
        async with there.running():
            message = share(there, "leave.txt", LEAVE, place)
            await told(there, "leave.txt")
            outage(there)
            there.ask(QUESTION, place=place, mina=True)
            await holds(lambda: owed(core), what="an answer to be owed")
            if not crash:
                delete(there, message)
                await known(core, 0)
                over(there)
                await quiet(there)
        if crash:
            delete(there, message)
            await core.knowledge.unshare(str(place.session) + ":")
            over(there)
            async with there.running():
                await quiet(there)
        told_of, answer = there.answers(place)
        assert "leave.txt" in there.shown(told_of)
        assert "could not find" in there.shown(answer) or "찾지 못했" in there.shown(answer)
        assert "15 days" not in there.shown(answer)


@every
async def test_whatever_is_forgotten_again_and_again_ends_in_a_reference(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: object, documents: Collection[str]) -> bool:
        return not documents

    monkeypatch.setattr(f"adapters.{platform}.answering.stands", never)
    core = await knowing()
    core.chat = core.chat_with(None)
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        answer = await told(there, "reference")
        assert there.answers() == [answer]
        assert SAID not in there.shown(answer)


def outage(there: Platform) -> None:
    """Nothing can be posted."""
    if isinstance(there, OnSlack):
        there.fake.faults.scripted.append(SlackFault("chat.*", times=999, status=503))
    else:
        on_discord(there).fake.faults.add(DiscordFault(POST, times=999, status=503))


def over(there: Platform) -> None:
    """The outage is over."""
    assert isinstance(there, OnSlack | OnDiscord)
    there.fake.faults.scripted.clear()


async def owed(core: Core) -> bool:
    """Whether an answer is known that nobody has seen."""
    return any(one.item.answer is not None and one.finished_at is None for one in core.store.inbox._entries.values())


async def holds_shown(there: Platform, words: str) -> None:
    """Waits until an answer that is being written shows these words."""

    async def shows() -> bool:
        written = there.fake.answers() if isinstance(there, OnSlack) else there.answers()
        return any(words in there.shown(one) for one in written)

    await holds(shows, what=f"{words!r} to be shown")
