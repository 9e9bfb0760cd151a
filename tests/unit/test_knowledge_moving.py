"""When a channel turns private or public its documents move with it, whatever else happens to them meanwhile."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from core.errors import Refused
from core.ports import Entry
from core.shares import within
from core.types import Scope
from tests.fakes.saseo import Core
from tests.unit.knowing import FILE, GENERAL, LEAVE, RANDOM, SECRET, TEAM, Gate, documents, known, share, shared


async def test_a_channel_that_turns_private_keeps_its_documents_to_itself() -> None:
    core = Core()
    first = await shared(core)
    await shared(core, where=share(message="2"))
    embedded = core.embedder.embedded
    private = Scope.channel(GENERAL)

    assert await core.knowledge.rescope(within(GENERAL), private) == 1
    assert await core.knowledge.rescope(within(GENERAL), private) == 0

    (document,) = await documents(core)
    assert (document.scope, document.title, document.url) == (private, first.document.title, first.document.url)
    assert await known(core, TEAM) == set()
    assert await known(core, private) == {"Leave is 25 days."}
    assert core.embedder.embedded == embedded
    assert await core.dense.count() == 1
    assert not (await shared(core, scope=private)).changed
    await core.knowledge.unshare(within(GENERAL))
    assert await documents(core) == []


async def test_a_document_that_is_shared_elsewhere_too_is_split() -> None:
    core = Core()
    await shared(core)
    await shared(core, where=share(RANDOM))
    private = Scope.channel(GENERAL)

    await core.knowledge.rescope(within(GENERAL), private)

    assert {document.scope for document in await documents(core)} == {TEAM, private}
    await core.knowledge.unshare(within(RANDOM))
    assert await known(core, TEAM) == set()
    assert await known(core, private)


async def test_a_channel_that_turns_public_joins_what_is_known_there_already() -> None:
    core = Core()
    private = Scope.channel(SECRET)
    await shared(core, where=share(SECRET), scope=private)
    await shared(core, where=share(GENERAL), scope=TEAM)

    assert await core.knowledge.rescope(within(SECRET), TEAM) == 1

    (document,) = await documents(core)
    assert document.scope == TEAM
    assert len(await core.store.shares.of(document.id)) == 2


async def test_a_crash_between_closing_and_moving_leaves_nothing_open_and_is_made_good() -> None:
    core = Core()
    private = Scope.channel(GENERAL)
    document = (await shared(core)).document
    await core.knowledge._close(document.id, lambda _: True, private)

    assert await known(core, TEAM) == set()
    assert await known(core, TEAM, private) == {"Leave is 25 days."}
    assert await core.knowledge.rescope(within(GENERAL), private) == 1
    assert await known(core, private) == {"Leave is 25 days."}


@pytest.mark.parametrize("again", [False, True])
async def test_a_file_that_is_being_read_while_its_channel_turns_private_is_private(*, again: bool) -> None:
    gate = Gate()
    core = Core(reader=gate)
    private = Scope.channel(GENERAL)
    if again:
        gate.go_on.set()
        await shared(core, data=b"Leave was 20 days.")
        gate.go_on.clear()
        gate.began.clear()
    sharing = asyncio.create_task(shared(core))
    await gate.began.wait()
    assert await core.knowledge.rescope(within(GENERAL), private) == 0
    assert await known(core, TEAM) == set()
    gate.go_on.set()
    added = await sharing

    assert added.document.scope == private
    assert await known(core, TEAM) == set()
    assert await known(core, private)
    assert [document.scope for document in await documents(core)] == [private]
    await core.knowledge.unshare(within(GENERAL))
    assert await documents(core) == []


async def test_a_file_that_is_deleted_after_its_channel_turned_private_while_it_is_read_is_gone() -> None:
    gate = Gate()
    core = Core(reader=gate)
    sharing = asyncio.create_task(shared(core))
    await gate.began.wait()
    await core.knowledge.rescope(within(GENERAL), Scope.channel(GENERAL))
    await core.knowledge.forget_origin(FILE)
    gate.go_on.set()

    with pytest.raises(Refused):
        await sharing
    assert await documents(core) == []


async def test_two_readings_of_a_file_whose_channel_turned_private_end_in_one_private_document() -> None:
    gate = Gate()
    core = Core(reader=gate)
    private = Scope.channel(GENERAL)
    sharing = [asyncio.create_task(shared(core, where=share(message=message))) for message in "12"]
    await gate.began.wait()
    await core.knowledge.rescope(within(GENERAL), private)
    gate.go_on.set()
    await asyncio.gather(*sharing)

    assert [document.scope for document in await documents(core)] == [private]
    assert len(await core.knowledge.unshare(within(GENERAL, message="1"))) == 0
    assert len(await core.knowledge.unshare(within(GENERAL, message="2"))) == 1


async def test_a_new_version_that_cannot_be_read_moves_the_old_one_all_the_same() -> None:
    gate = Gate()
    gate.go_on.set()
    core = Core(reader=gate)
    private = Scope.channel(GENERAL)
    await shared(core)
    gate.go_on.clear()
    gate.began.clear()
    sharing = asyncio.create_task(shared(core, data=b"\xff\xfe"))
    await gate.began.wait()
    await core.knowledge.rescope(within(GENERAL), private)
    gate.go_on.set()

    with pytest.raises(Refused):
        await sharing
    assert await known(core, private) == {"Leave is 25 days."}
    assert [document.scope for document in await documents(core)] == [private]


async def test_a_share_under_another_scope_closes_the_one_before_at_once() -> None:
    gate = Gate()
    gate.go_on.set()
    core = Core(reader=gate)
    await shared(core)
    gate.go_on.clear()
    gate.began.clear()
    private = Scope.channel(GENERAL)

    sharing = asyncio.create_task(shared(core, scope=private))
    await gate.began.wait()
    assert await known(core, TEAM) == set()
    gate.go_on.set()
    await sharing

    assert await known(core, private)
    assert [document.scope for document in await documents(core)] == [private]


@pytest.mark.parametrize("data", [LEAVE, b"Leave is 30 days."])
async def test_of_two_readings_under_different_scopes_the_later_one_counts(data: bytes) -> None:
    gate = Gate()
    core = Core(reader=gate)
    private = Scope.channel(GENERAL)
    first = asyncio.create_task(shared(core))
    await gate.began.wait()
    gate.began.clear()
    second = asyncio.create_task(shared(core, scope=private, data=data))
    await gate.began.wait()
    gate.go_on.set()

    # Where the later one is not there yet, the earlier one knows only that it no longer counts.
    with suppress(Refused):
        found = (await first).document
        assert (found.scope, data) == (private, LEAVE)
    assert (await second).document.scope == private
    assert [document.scope for document in await documents(core)] == [private]


@pytest.mark.parametrize("way", ["move", "copy"])
async def test_a_document_that_is_forgotten_while_it_moves_is_gone(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    core = Core()
    document = (await shared(core)).document
    began, go_on = asyncio.Event(), asyncio.Event()
    add = core.dense.add

    async def slow(entries: Sequence[Entry]) -> None:
        began.set()
        await go_on.wait()
        await add(entries)

    monkeypatch.setattr(core.dense, "add", slow)
    moving = asyncio.create_task(getattr(core.library, way)(document.id, Scope.channel(GENERAL)))
    waiting = asyncio.create_task(core.library.move(document.id, Scope.channel(GENERAL)))
    await began.wait()
    await core.library.forget([document.id])
    go_on.set()

    assert (await moving, await waiting) == (None, None)
    assert await documents(core) == []
    assert await core.dense.count() == 0
    assert list(await core.store.journal.leftovers()) == []


async def test_a_document_that_is_not_there_is_not_moved() -> None:
    core = Core()
    document = (await shared(core)).document

    assert await core.library.move("unknown", TEAM) is None
    assert await core.library.move(document.id, TEAM) == document


async def test_a_copy_that_was_read_before_is_replaced_by_what_was_read_since() -> None:
    core = Core()
    private = Scope.channel(SECRET)
    await shared(core, where=share(SECRET), scope=private, data=b"Leave was 20 days.")
    core.now = core.now.replace(year=2027)
    document = (await shared(core)).document

    copied = await core.library.copy(document.id, private)

    assert copied is not None
    assert await known(core, private) == {"Leave is 25 days."}


class Slow:
    """Lets an index wait in its work until it may go on."""

    def __init__(self, core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self._add = core.dense.add
        monkeypatch.setattr(core.dense, "add", self.add)

    async def add(self, entries: Sequence[Entry]) -> None:
        self.began.set()
        await self.go_on.wait()
        await self._add(entries)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_what_is_deleted_while_it_moves_is_gone_at_once(
    monkeypatch: pytest.MonkeyPatch, *, elsewhere: bool
) -> None:
    core = Core()
    await shared(core)
    if elsewhere:
        await shared(core, where=share(RANDOM))
    slow = Slow(core, monkeypatch)
    moving = asyncio.create_task(core.knowledge.rescope(within(GENERAL), Scope.channel(GENERAL)))
    await slow.began.wait()
    await core.knowledge.unshare(within(GENERAL))

    assert bool(await known(core, TEAM, Scope.channel(GENERAL))) == elsewhere
    slow.go_on.set()
    await moving
    assert [document.scope for document in await documents(core)] == [TEAM] * elsewhere
    assert list(await core.store.shares.under(within(GENERAL))) == []
    assert await core.dense.count() == elsewhere


async def test_what_is_shared_again_elsewhere_while_it_moves_is_known_in_both_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = Core()
    await shared(core)
    slow = Slow(core, monkeypatch)
    moving = asyncio.create_task(core.knowledge.rescope(within(GENERAL), Scope.channel(GENERAL)))
    await slow.began.wait()
    sharing = asyncio.create_task(shared(core, where=share(RANDOM)))
    slow.go_on.set()
    await asyncio.gather(moving, sharing)

    assert {document.scope for document in await documents(core)} == {TEAM, Scope.channel(GENERAL)}
    assert len(await core.knowledge.unshare(within(RANDOM))) == len(await core.knowledge.unshare(within(GENERAL))) == 1


async def test_a_share_that_was_dropped_meanwhile_does_not_come_back_by_moving() -> None:
    core = Core()
    for message in "12":
        await shared(core, where=share(message=message))
    names = await core.knowledge._misplaced(within(GENERAL), Scope.channel(GENERAL))
    await core.knowledge.unshare(within(GENERAL, message="1"))
    await core.knowledge._moved(names[0], lambda _: True, Scope.channel(GENERAL))

    assert len(await core.knowledge.unshare(within(GENERAL, message="2"))) == 1
    assert not await core.knowledge._moved(names[0], lambda _: True, Scope.channel(GENERAL))
