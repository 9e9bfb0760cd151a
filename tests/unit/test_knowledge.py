"""What is shared is known where it was shared, to those who may read it there, and forgotten when it goes."""

import asyncio
from collections.abc import Collection, Sequence

import pytest

from core.errors import Refused, Unavailable
from core.shares import Share, within, within_workspace
from core.types import PUBLIC, Scope
from tests.fakes.saseo import Core
from tests.unit.knowing import FILE, GENERAL, LEAVE, PAGE, RANDOM, SECRET, TEAM, Gate, documents, known, share, shared


async def test_a_shared_file_is_known_to_its_people_alone() -> None:
    core = Core()
    added = await shared(core)

    assert (added.document.origin, added.document.scope, added.changed) == (FILE, TEAM, True)
    assert await known(core, TEAM) == {"Leave is 25 days."}
    assert await known(core, PUBLIC, Scope.channel(SECRET)) == set()


async def test_the_same_file_in_two_public_channels_is_one_document_until_both_are_gone() -> None:
    core = Core()
    await shared(core)
    embedded = core.embedder.embedded
    assert not (await shared(core, where=share(RANDOM))).changed
    assert (len(await documents(core)), core.embedder.embedded) == (1, embedded)

    assert list(await core.knowledge.unshare(within(GENERAL))) == []
    assert await known(core, TEAM)
    assert [document.origin for document in await core.knowledge.unshare(within(RANDOM, message="1"))] == [FILE]
    assert await known(core, TEAM) == set()
    assert await core.dense.count() == 0


async def test_the_same_file_in_two_private_channels_is_embedded_once() -> None:
    core = Core()
    await shared(core, where=share(SECRET), scope=Scope.channel(SECRET))
    embedded = core.embedder.embedded
    await shared(core, where=share(RANDOM), scope=Scope.channel(RANDOM))

    assert (len(await documents(core)), core.embedder.embedded) == (2, embedded)
    await core.knowledge.unshare(str(share(SECRET)))
    assert await known(core, Scope.channel(RANDOM))
    assert await known(core, Scope.channel(SECRET)) == set()


async def test_a_link_that_was_handed_in_stays_when_the_same_link_is_unshared() -> None:
    core = Core(pages={PAGE: LEAVE})
    await core.library.add_link(PAGE, scope=TEAM)
    added = await core.knowledge.share_link(f" {PAGE} ", scope=TEAM, share=share(item=PAGE))
    assert (added.document.url, added.document.origin) == (PAGE, f"slack:T1:link:{PAGE}")
    assert added.document.next_check_at is not None
    assert not (await core.library.refresh(added.document)).changed

    await core.knowledge.unshare(within(GENERAL))

    assert [document.origin for document in await documents(core)] == [f"link:{PAGE}"]


async def test_what_cannot_be_read_leaves_no_share() -> None:
    core = Core()
    with pytest.raises(Refused):
        await shared(core, data=b"\xff\xfe")

    assert list(await core.store.shares.under(within(GENERAL))) == []
    assert list(await core.store.shares.orphans()) == []


async def test_a_new_version_that_cannot_be_read_leaves_the_old_one() -> None:
    core = Core()
    await shared(core)
    with pytest.raises(Refused):
        await shared(core, data=b"\xff\xfe")

    assert await known(core, TEAM) == {"Leave is 25 days."}
    assert await core.knowledge.unshare(within(GENERAL))


async def test_a_file_that_is_deleted_while_it_is_read_is_not_known() -> None:
    for forget in ("message", "file", "workspace"):
        gate = Gate()
        core = Core(reader=gate)
        sharing = asyncio.create_task(shared(core))
        await gate.began.wait()
        if forget == "file":
            await core.knowledge.forget_origin("slack:T1:file:F12")
            await core.knowledge.forget_origin(FILE)
        else:
            await core.knowledge.unshare(within(GENERAL) if forget == "message" else within_workspace("slack", "T1"))
        gate.go_on.set()

        with pytest.raises(Refused) as refusal:
            await sharing
        assert refusal.value.code == "knowledge.gone"
        assert (await documents(core), await core.dense.count()) == ([], 0)


async def test_a_file_that_is_shared_twice_and_deleted_once_while_it_is_read_stays_known() -> None:
    gate = Gate()
    core = Core(reader=gate)
    first, second = (asyncio.create_task(shared(core, where=share(where))) for where in (GENERAL, RANDOM))
    await gate.began.wait()
    await core.knowledge.unshare(within(GENERAL))
    gate.go_on.set()

    with pytest.raises(Refused):
        await first
    await second
    assert await known(core, TEAM)


async def test_a_file_is_forgotten_wherever_it_was_shared() -> None:
    core = Core()
    await shared(core)
    await shared(core, where=share(SECRET), scope=Scope.channel(SECRET))
    await core.library.add(LEAVE, name="h.txt", origin=f"{FILE}2", scope=TEAM)

    assert len(await core.knowledge.forget_origin(FILE)) == 2
    assert [document.origin for document in await documents(core)] == [f"{FILE}2"]
    assert len(await core.knowledge.forget_origin("slack:T1:")) == 1


async def test_many_documents_are_forgotten_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.knowledge.AT_ONCE", 2)
    core = Core()
    for number in range(5):
        await core.knowledge.share_file(
            b"text %d" % number, name="a", origin=f"{FILE}{number}", scope=TEAM, share=share(item=f"F{number}")
        )

    assert len(await core.knowledge.forget_origin("slack:T1:")) == 5
    assert await documents(core) == []


async def test_what_the_platform_no_longer_has_is_forgotten_and_the_rest_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.knowledge.AT_ONCE", 2)
    core = Core()
    for number in range(5):
        await core.knowledge.share_file(
            b"text %d" % number,
            name=f"{number}.txt",
            origin=f"{FILE}{number}",
            scope=TEAM,
            share=share(message=str(number)),
        )
    asked: list[Share] = []

    async def standing(shares: Sequence[Share]) -> Collection[Share]:
        asked.extend(shares)
        return {one for one in shares if one.message in "024"}

    gone = await core.knowledge.reconcile(within(GENERAL), standing)

    assert len(asked) == 5
    assert {document.title for document in gone} == {"1.txt", "3.txt"}
    assert len(await documents(core)) == 3


async def test_a_platform_that_is_away_loses_nothing() -> None:
    core = Core()
    await shared(core)

    async def away(shares: Sequence[Share]) -> Collection[Share]:
        raise Unavailable("fetch.unreachable", host="slack")

    with pytest.raises(Unavailable):
        await core.knowledge.reconcile(within(GENERAL), away)
    assert len(await documents(core)) == 1


async def test_what_a_crash_kept_from_being_forgotten_is_forgotten_at_the_next_start() -> None:
    core = Core()
    await shared(core)
    await core.store.shares.drop(within(GENERAL))

    assert await core.knowledge.recover() == 1
    assert await core.knowledge.recover() == 0
    assert await documents(core) == []


async def test_what_the_api_deletes_can_be_shared_again() -> None:
    core = Core()
    document = (await shared(core)).document
    await core.library.forget([document.id])

    assert list(await core.knowledge.unshare(within(GENERAL))) == []
    await shared(core)
    assert await known(core, TEAM)
