"""The stories of what people share, the same on every platform: read, and known to exactly the right people."""

import asyncio
from functools import partial
from typing import Any

import pytest

from adapters.learning import MOST_ATTEMPTS
from core.backends.memory_world import PlainReader
from core.types import Reading
from tests.fakes.saseo import Core
from tests.fakes.slack.state import Kind
from tests.integration.conformance import PLATFORMS, SECONDS, Place, Platform, on, quiet, told
from tests.integration.people import (
    NOTHING,
    PAGE,
    agree,
    called,
    choose,
    commanded,
    documents,
    edit,
    holds,
    known,
    moved,
    open_place,
    post,
    preview,
    renew,
    say,
    share,
    share_again,
    share_all,
    turn,
    written,
)
from tests.integration.slack_running import LEAVE, QUESTION, knowing

every = pytest.mark.parametrize("platform", PLATFORMS)


class Poisoned(PlainReader):
    """A reader that never gets over one file."""

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> Reading:
        if name.startswith("poison"):
            self.began.set()
            await asyncio.Event().wait()
        return await super().read(data, name=name, media_type=media_type)


async def stocked(**details: Any) -> Core:
    """A core that quotes, and knows nothing yet of what is asked."""
    core = await knowing(text=NOTHING, **details)
    core.chat = core.chat_with(None)
    return core


async def shared(there: Platform, place: Place) -> Any:
    """A file that is known."""
    message = share(there, "leave.txt", LEAVE, place)
    await told(there, "leave.txt")
    return message


async def embedding(core: Core) -> list[str]:
    """Everything that is embedded from now on."""
    embedded: list[str] = []
    passages = core.embedder.passages

    async def counted(texts: Any) -> Any:
        embedded.extend(texts)
        return await passages(texts)

    core.embedder.passages = counted  # type: ignore[method-assign]
    return embedded


@every
async def test_a_shared_file_is_known_where_it_was_shared(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        await shared(there, place)
        there.ask(QUESTION, place=place, mina=True)
        answer = await told(there, "15 days")
        assert answer in there.answers(place)


@every
async def test_in_everybodys_channel_whoever_shares_is_asked_and_what_they_agree_to_is_read(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        share(there, "leave.txt", LEAVE, there.general)
        question = await told(there, "leave.txt")
        assert await documents(core) == []
        await agree(there, question)
        await known(core, 1)
        there.ask(QUESTION)
        await told(there, "15 days")


@every
async def test_whoever_calls_the_bot_has_a_file_read_also_where_nothing_else_is(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        await choose(there, place, "off")
        share(there, "lunch.txt", "Lunch is at noon.", place)
        share(there, "leave.txt", LEAVE, place, words=f"{called(there)} {QUESTION}")
        await told(there, "15 days")
        assert [one.title for one in await documents(core)] == ["leave.txt"]


@every
async def test_several_files_of_a_message_are_told_of_together(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        share_all(there, {"leave.txt": LEAVE, "lunch.txt": "Lunch is at noon.", "empty.txt": " "}, place)
        answer = await told(there, "lunch.txt")
        assert all(name in there.shown(answer) for name in ("leave.txt", "empty.txt"))
        assert there.answers(place) == [answer]
        assert len(await documents(core)) == 2


@every
async def test_what_was_shared_in_a_private_channel_is_never_cited_in_a_public_one(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        await shared(there, there.hidden())
        there.ask(QUESTION, mina=True)
        await told(there, "", count=2)
        (answer,) = there.answers(there.general)
        assert "15 days" not in there.shown(answer)
        assert "leave" not in there.shown(answer)


@every
async def test_a_file_that_cannot_be_read_is_told_by_name(platform: str) -> None:
    core = await knowing(text=NOTHING)
    async with on(platform, core) as there, there.running():
        share(there, "empty.txt", " ", there.hidden())
        answer = await told(there, "empty.txt")
        assert there.answers() == [answer]
        assert await documents(core) == []


@every
async def test_a_file_in_two_channels_is_embedded_once_and_known_in_both(platform: str) -> None:
    core = await stocked()
    embedded = await embedding(core)
    async with on(platform, core) as there, there.running():
        first, second = there.hidden(), there.hidden()
        message = await shared(there, first)
        share_again(there, message, second)
        assert {one.scope for one in await known(core, 2)} == {first.scope, second.scope}
        assert len(embedded) == 1
        for place in (first, second):
            there.ask(QUESTION, place=place, mina=True)
            await told(there, "15 days", where=lambda one, place=place: one in there.answers(place))  # type: ignore[misc]


@every
async def test_a_new_version_of_a_file_is_what_is_known(platform: str) -> None:
    core = await stocked()
    embedded = await embedding(core)
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        rest = "\n\n".join(f"Rule {number}: {'shoes are worn in the hall. ' * 30}" for number in range(9))
        message = share(there, "leave.txt", f"{LEAVE}\n\n{rest}", place)
        await told(there, "leave.txt")
        before = len(embedded)
        await renew(there, message, f"{LEAVE.replace('15 days', '20 days')}\n\n{rest}")

        async def renewed() -> bool:
            texts = [one.text async for _, passages in core.library.shelved() for one in passages]
            return any("20 days" in text for text in texts) and not any("15 days" in text for text in texts)

        await holds(renewed, what="the new version alone")
        assert 0 < len(embedded) - before < before, "what has not changed is not embedded again"
        there.ask(QUESTION, place=place, mina=True)
        await told(there, "20 days")


@every
async def test_a_channel_that_turns_private_keeps_what_is_known_there_to_itself(platform: str) -> None:
    core = await stocked()
    async with on(platform, core) as there, there.running():
        place = open_place(there)
        await choose(there, place, "auto")
        await shared(there, place)
        kinds: list[Kind] = ["public", "private", "public"]
        for kind in kinds:
            turn(there, place, kind)
            await moved(there, place, kind)
            asked = len(there.answers(there.general))
            there.ask(QUESTION)
            await holds(partial(answered, there, asked), what="an answer")
            await quiet(there)
            *_, answer = there.answers(there.general)
            assert ("15 days" in there.shown(answer)) is (kind == "public")


async def answered(there: Platform, before: int) -> bool:
    return len(there.answers(there.general)) > before


@every
async def test_what_ends_the_process_again_and_again_is_set_aside_and_holds_up_nothing(platform: str) -> None:
    reader = Poisoned()
    core = await stocked(reader=reader)
    async with on(platform, core) as there:
        place = there.hidden()
        async with there.running():
            share(there, "poison.txt", LEAVE, place)
            await asyncio.wait_for(reader.began.wait(), SECONDS)
            share(there, "fine.txt", "Lunch is at noon.", place)

            async def fine() -> bool:
                return sum(one.finished_at is not None for one in core.store.inbox._entries.values()) == 1

            await holds(fine, what="the other file to be read")
        for _ in range(MOST_ATTEMPTS):
            await core.store.inbox.take(f"{platform}:", holder="dead")
            await core.store.inbox.release("dead")
        async with there.running():
            await told(there, "poison.txt")
            await commanded(there, "sources", place=place)
            listed = await told(there, "poison.txt", where=there.private)
            assert str(MOST_ATTEMPTS + 1) in there.shown(listed), "the reason"
            assert [one.title for one in await documents(core)] == ["fine.txt"]


@every
async def test_links_are_looked_at_again_for_whoever_asks(platform: str) -> None:
    core = await stocked(pages={PAGE: LEAVE.encode()})
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        post(there, PAGE, place)
        await known(core, 1)
        core.web.pages[PAGE] = LEAVE.replace("15 days", "20 days").encode()
        await commanded(there, "sources", "refresh", place=place, option="refresh")
        await told(there, "1", where=there.private)
        there.ask(QUESTION, place=place, mina=True)
        await told(there, "20 days")


@every
async def test_a_link_that_comes_into_a_message_by_an_edit_is_read_and_told_of_once(platform: str) -> None:
    other = f"{PAGE}/lunch"
    core = await stocked(pages={PAGE: LEAVE.encode(), other: b"Lunch is at noon."})
    async with on(platform, core) as there, there.running():
        place = there.hidden()
        message = say(there, "look here later", place)
        edit(there, message, f"look at {written(there, PAGE)}")
        await told(there, "leave")
        preview(there, message)
        edit(there, message, f"look at {written(there, PAGE)} and {written(there, other)}")
        await told(there, "lunch")
        preview(there, message)
        there.again()
        await quiet(there)
        assert len(there.answers(place)) == 2
        assert {one.url for one in await documents(core)} == {PAGE, other}
        edit(there, message, "nothing")
        await known(core, 0)
        edit(there, message, f"after all: {written(there, PAGE)}")
        await told(there, "leave", count=2)
        there.ask(QUESTION, place=place, mina=True)
        await told(there, "15 days")


@every
async def test_a_link_in_an_edit_that_calls_the_bot_is_read_where_nothing_is_read_unasked(platform: str) -> None:
    core = await stocked(pages={PAGE: LEAVE.encode()})
    async with on(platform, core) as there, there.running():
        place = open_place(there)
        await choose(there, place, "off")
        message = say(there, "look here later", place)
        edit(there, message, f"look at {written(there, PAGE)}")
        await quiet(there)
        assert await documents(core) == []
        edit(there, message, f"{called(there)} look at {written(there, PAGE)} and {written(there, 'https://b.test/')}")
        answer = await told(there, "b.test")
        assert "leave" in there.shown(answer), "who calls the bot to a message wants all of it to be read"
        assert len([one for one in there.answers(place) if "b.test" in there.shown(one)]) == 1
