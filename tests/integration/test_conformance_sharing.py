"""The stories of what people share, the same on every platform: known to its readers, forgotten, and kept true."""

import asyncio
from typing import Any

import pytest

from tests.fakes.saseo import Core
from tests.integration.conformance import PLATFORMS, OnDiscord, OnSlack, Place, Platform, on, quiet, told
from tests.integration.slack_running import LEAVE, QUESTION, knowing

every = pytest.mark.parametrize("platform", PLATFORMS)
NOTHING = "Nothing but weather."
CHANGED = LEAVE.replace("15 days", "20 days")


def share(there: Platform, name: str, text: str, place: Place) -> Any:
    """Mina shares a file, without a word to the bot; the message."""
    if isinstance(there, OnSlack):
        return there.fake.upload(name, text, channel=place.id, user=there.fake.mina)
    assert isinstance(there, OnDiscord)
    return there.fake.share(name, text, channel=place.id, user=there.fake.mina)


def delete(there: Platform, message: Any) -> None:
    """Mina deletes it."""
    assert isinstance(there, OnSlack | OnDiscord)
    there.fake.delete(message)


async def shared(there: Platform, place: Place) -> Any:
    """A file that is known."""
    message = share(there, "leave.txt", LEAVE, place)
    await told(there, "leave.txt")
    return message


async def count(core: Core) -> int:
    return len([one async for one, _ in core.library.shelved() if one.title != "Handbook"])


async def rewritten(there: Platform, text: str) -> None:
    """A document of everybody says this now, and what follows from it is followed up."""
    core = there.core
    await core.library.add_text(text, title="Leave", origin="test:leave", scope=there.general.scope)
    await core.following().settle()


@every
async def test_a_shared_file_is_known_where_it_was_shared(platform: str) -> None:
    core = await knowing(text=NOTHING)
    core.chat = core.chat_with(None)
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        await shared(there, place)
        there.ask(QUESTION, place=place, mina=True)
        answer = await told(there, "15 days")
        assert answer in there.answers(place)


@every
async def test_what_was_shared_in_a_private_channel_is_never_cited_in_a_public_one(platform: str) -> None:
    core = await knowing(text=NOTHING)
    core.chat = core.chat_with(None)
    async with on(platform, core) as there, there.running():
        await shared(there, there.hidden())
        there.ask(QUESTION, mina=True)
        await told(there, "", count=2)
        (answer,) = there.answers(there.general)
        assert "15 days" not in there.shown(answer)
        assert "leave" not in there.shown(answer)


@every
async def test_what_was_shared_is_forgotten_with_its_message(platform: str) -> None:
    core = await knowing(text=NOTHING)
    core.chat = core.chat_with(None)
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        message = await shared(there, place)
        assert await count(core) == 1
        delete(there, message)
        for _ in range(250):
            if not await count(core):
                break
            await asyncio.sleep(0.02)
        assert await count(core) == 0
        there.ask(QUESTION, place=place, mina=True)
        await told(there, "", count=2)
        assert not any("15 days" in there.shown(one) for one in there.answers(place))


@every
async def test_a_file_that_cannot_be_read_is_told_by_name(platform: str) -> None:
    core = await knowing(text=NOTHING)
    async with on(platform, core) as there, there.running():
        share(there, "empty.txt", " ", there.hidden())
        answer = await told(there, "empty.txt")
        assert there.answers() == [answer]
        assert await count(core) == 0


@every
async def test_an_answer_that_changes_is_told_once(platform: str) -> None:
    core = await knowing(text=NOTHING)
    core.chat = core.chat_with(None)
    async with on(platform, core) as there, there.running():
        await rewritten(there, LEAVE)
        there.ask(QUESTION)
        await told(there, "15 days")
        await rewritten(there, CHANGED)
        notice = await told(there, "20 days")
        await core.following().settle()
        there.again()
        await quiet(there)
        assert [one for one in there.answers() if "20 days" in there.shown(one)] == [notice]
        assert any("no longer right" in there.shown(one) for one in there.answers() if one is not notice)


@every
async def test_an_answer_that_is_found_later_is_told_once(platform: str) -> None:
    core = await knowing(text=NOTHING)
    core.chat = core.chat_with(None)
    async with on(platform, core) as there, there.running():
        there.ask(QUESTION)
        await told(there, "could not find")
        await rewritten(there, LEAVE)
        notice = await told(there, "By now I can")
        await core.following().settle()
        await quiet(there)
        assert [one for one in there.answers() if "15 days" in there.shown(one)] == [notice]
