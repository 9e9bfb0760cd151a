"""What every store promises of shares, changes and channel settings."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.changes import Change
from core.channels import ChannelSettings
from core.errors import Refused
from core.shares import Share, Shared, Shares, within, within_workspace
from core.types import Passage, Session
from tests.fakes.patience import PATIENCE
from tests.integration.stores import (
    SESSION,
    START,
    STORES,
    AnyStore,
    Library,
    changed,
    document,
    library_of,
    opened_store,
)


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnyStore]:
    async with opened_store(request, tmp_path) as opened:
        yield opened


@pytest.fixture
def shares(store: AnyStore) -> Shares:
    return store.shares


@pytest.fixture
def library(store: AnyStore) -> Library:
    return library_of(store)


def share(message: str = "1", item: str = "F1", *, channel: str = "C1", workspace: str = "T1") -> Share:
    return Share(Session("slack", workspace, channel), message, item)


async def under(shares: Shares, prefix: str) -> list[str]:
    return [str(one.share) for one in await shares.under(prefix)]


async def test_a_document_knows_where_it_was_shared(shares: Shares) -> None:
    for one in (share("2"), share("1"), share("1"), share("1", channel="C2")):
        await shares.add(one, "d1")
    await shares.add(share("9"), "d2")

    assert list(await shares.of("d1")) == [share("1"), share("2"), share("1", channel="C2")]
    assert list(await shares.of("d1", limit=2)) == [share("1"), share("2")]
    assert list(await shares.of("unknown")) == []


async def test_a_prefix_means_a_workspace_a_channel_a_message_or_one_share(shares: Shares) -> None:
    link = "https://example.com:8080/a?b=c:d"
    everything = [
        share("1"),
        share("1", "F12"),
        share("12"),
        share("1", link),
        share("1", channel="C12"),
        share("1", workspace="T12"),
    ]
    for one in everything:
        await shares.add(one, "d1")

    assert sorted(await under(shares, within_workspace("slack", "T1"))) == sorted(str(one) for one in everything[:5])
    assert sorted(await under(shares, within(SESSION))) == sorted(str(one) for one in everything[:4])
    assert sorted(await under(shares, within(SESSION, message="1"))) == sorted(
        str(everything[number]) for number in (0, 1, 3)
    )
    assert await under(shares, str(share("1"))) == [str(share("1"))]
    assert await under(shares, str(share("1", link))) == [str(share("1", link))]
    assert await under(shares, "slack:T1:C1") == []


async def test_many_shares_are_listed_piece_by_piece(shares: Shares) -> None:
    for number in range(10):
        await shares.add(share(str(number)), f"d{number % 3}")
    await shares.add(share("5"), "d0")

    listed: list[Shared] = []
    while page := await shares.under(within(SESSION), after=listed[-1] if listed else None, limit=3):
        listed += page

    assert len(listed) == len(set(listed)) == 11
    assert [str(one.share) for one in listed] == sorted(str(one.share) for one in listed)
    assert list(await shares.under(within(SESSION), limit=0)) == []


async def test_a_document_whose_last_share_went_is_an_orphan(shares: Shares) -> None:
    for one, name in ((share("1"), "d1"), (share("2"), "d1"), (share("1", "F2"), "d2")):
        await shares.add(one, name)

    assert list(await shares.drop(within(SESSION, message="1"))) == ["d2"]
    assert list(await shares.drop(within(SESSION, message="1"))) == []
    assert list(await shares.orphans()) == ["d2"]
    assert list(await shares.drop(within(SESSION))) == ["d1"]
    assert list(await shares.orphans()) == ["d1", "d2"]
    assert list(await shares.orphans(limit=1)) == ["d1"]


async def test_a_share_that_is_removed_leaves_the_others(shares: Shares) -> None:
    await shares.add(share("1"), "d1")
    await shares.add(share("1"), "d2")

    assert list(await shares.remove([Shared(share("1"), "d1"), Shared(share("9"), "d9")])) == ["d1"]
    assert [one.document_id for one in await shares.under(within(SESSION))] == ["d2"]
    assert list(await shares.orphans()) == ["d1"]


async def test_an_orphan_that_is_shared_again_is_none(shares: Shares) -> None:
    await shares.add(share("1"), "d1")
    await shares.drop(str(share("1")))
    await shares.add(share("2"), "d1")

    assert list(await shares.orphans()) == []


async def test_forgetting_a_document_forgets_its_shares(store: AnyStore, library: Library) -> None:
    await library.put(document("d1"), "text")
    await store.shares.add(share("1"), "d1")
    await store.shares.add(share("2"), "never read")
    await store.shares.drop(str(share("2")))

    await library.catalogue.forget(["d1", "never read"])

    assert list(await store.shares.of("d1")) == []
    assert list(await store.shares.orphans()) == []
    assert list(await store.changes.pending()) == []


@pytest.mark.parametrize("item", ["nul\0nul", "lone \ud800", "한글.pdf", "~", "'; DROP --", "a b", "\x7f"])
async def test_hostile_items_are_kept_as_they_are(shares: Shares, item: str) -> None:
    await shares.add(share("1", item), item)
    await shares.add(share("1", item + "x"), "other")

    assert list(await shares.of(item)) == [share("1", item)]
    assert await under(shares, str(share("1", item))) == [str(share("1", item))]
    assert len(await under(shares, within(SESSION))) == 2
    assert list(await shares.drop(str(share("1", item)))) == [item]


async def test_every_new_version_is_a_change_until_it_is_settled(store: AnyStore, library: Library) -> None:
    first = await library.put(document("d1"), "one")
    second = await library.put(document("d2"), "two")
    again = await library.put(document("d1"), "three")
    await library.catalogue.save(changed(again, title="another title"))

    assert list(await store.changes.pending()) == [Change("d2", second.version), Change("d1", again.version)]
    assert list(await store.changes.pending(limit=1)) == [Change("d2", second.version)]
    await store.changes.settled(Change("d1", first.version))
    await store.changes.settled(Change("d2", second.version))
    assert list(await store.changes.pending()) == [Change("d1", again.version)]


async def test_a_version_that_does_not_become_current_is_no_change(store: AnyStore, library: Library) -> None:
    older = await store.journal.begin("d1")
    newer = await library.put(document("d1"), "new")
    await library.put_version(document("d1"), older, "old")

    assert list(await store.changes.pending()) == [Change("d1", newer.version)]


async def test_a_link_that_dies_is_a_change_once(store: AnyStore, library: Library) -> None:
    saved = await library.put(document("d1"), "one")
    await store.changes.settled(Change("d1", saved.version))

    for _ in range(2):
        await library.catalogue.save(changed(saved, state="dead"))
        assert list(await store.changes.pending()) == [Change("d1", saved.version, "dead")]
    await store.changes.settled(Change("d1", saved.version))
    assert list(await store.changes.pending()) == [Change("d1", saved.version, "dead")]
    await store.changes.settled(Change("d1", saved.version, "dead"))
    await library.catalogue.save(changed(saved, state="dead"))
    assert list(await store.changes.pending()) == []


async def test_whoever_waits_for_changes_is_woken(store: AnyStore, library: Library) -> None:
    async with asyncio.timeout(PATIENCE):
        await store.changes.waiting()
    waiting = asyncio.create_task(store.changes.waiting())
    await asyncio.sleep(0)
    assert not waiting.done()

    await library.put(document("d1"), "one")

    async with asyncio.timeout(PATIENCE):
        await waiting


async def test_a_document_in_place_of_another_is_one_change_for_readers(store: AnyStore, library: Library) -> None:
    old = await library.put(document("old"), "text")
    await store.shares.add(share("1"), "old")
    version = await store.journal.begin("new")
    fresh = document("new", version=version)

    await store.catalogue.save(fresh, [_passage("new", version)], instead_of="old")

    assert await store.catalogue.find("old") is None
    assert await library.texts("new") == ["text"]
    assert list(await store.shares.of("old")) == []
    assert [left.version for left in await store.journal.leftovers()] == [old.version]


async def test_nothing_takes_the_place_of_a_forgotten_document(store: AnyStore, library: Library) -> None:
    await library.put(document("old"), "text")
    version = await store.journal.begin("new")
    await library.catalogue.forget(["old"])

    await store.catalogue.save(document("new", version=version), [_passage("new", version)], instead_of="old")

    assert await store.catalogue.find("new") is None
    assert version in [left.version for left in await store.journal.leftovers()]


async def test_due_links_come_in_the_order_in_which_they_wait(library: Library) -> None:
    for name, minutes in (("c", 3), ("a", 1), ("b", 1), ("later", 9)):
        await library.put(document(name, next_check_at=START + timedelta(minutes=minutes), pace=60), "text")
    await library.put(document("never"), "text")
    moment = START + timedelta(minutes=5)

    first = await library.catalogue.due(moment, limit=2)
    rest = await library.catalogue.due(moment, after=first[-1])

    assert [one.id for one in (*first, *rest)] == ["a", "b", "c"]
    assert first[0].pace == 60
    assert list(await library.catalogue.due(moment, limit=0)) == []


async def test_a_channel_has_the_usual_settings_until_somebody_changes_them(store: AnyStore) -> None:
    other = Session("slack", "T1", "C12")
    decided = ChannelSettings("off", enabled=False, notices=False, more={"mood": "짧게\ud800", "signal": [1, None]})

    await store.channels.put(Session("slack", "T1", "C1/17.4"), ChannelSettings("ask"))
    await store.channels.put(SESSION, decided)

    assert await store.channels.get(SESSION) == decided
    assert await store.channels.get(Session("slack", "T1", "C1/18.5")) == decided
    assert await store.channels.get(other) == ChannelSettings()


async def test_settings_are_erased_with_their_channel_or_workspace(store: AnyStore) -> None:
    sessions = [SESSION, Session("slack", "T1", "C12"), Session("slack", "T2", "C1")]
    for session in sessions:
        await store.channels.put(session, ChannelSettings("auto"))

    async def left() -> list[bool]:
        return [(await store.channels.get(session)).ingestion == "auto" for session in sessions]

    await store.channels.erase(within(SESSION))
    assert await left() == [False, True, True]
    await store.channels.erase(within_workspace("slack", "T1"))
    assert await left() == [False, False, True]


async def test_channels_that_are_known_are_listed_by_name_page_by_page(store: AnyStore) -> None:
    decided = ChannelSettings("off", tone="brief", instructions="한 줄로", sources=("public",), languages=("ko",))
    await store.channels.put(Session("slack", "T1", "C1/17.4"), decided)
    for name in ("C3", "C2/9.1", "C2", "C1"):
        await store.channels.note(Session("slack", "T1", name))
    await store.channels.note(Session("discord", "9", "채널"))

    first = await store.channels.page(limit=2)
    rest = await store.channels.page(after=first.next, limit=2)

    assert [str(one.session) for one in (*first.channels, *rest.channels)] == [
        "discord:9:채널",
        "slack:T1:C1",
        "slack:T1:C2",
        "slack:T1:C3",
    ]
    assert rest.next is None
    assert [one.settings for one in first.channels] == [ChannelSettings(), decided]
    assert len((await store.channels.page(limit=0)).channels) == 1
    assert (await store.channels.page(after="slack:T1:C3")).channels == ()
    inside = await store.channels.page(within=within_workspace("slack", "T1"), after="discord:9:채널", limit=1)
    assert ([str(one.session) for one in inside.channels], inside.next) == (["slack:T1:C1"], "slack:T1:C1")
    assert len((await store.channels.page(within=within_workspace("discord", "9"))).channels) == 1
    with pytest.raises(Refused):
        await store.channels.page(after="nothing of ours")


def _passage(name: str, version: int) -> Passage:
    return Passage(name, version, 0, "text")
