"""What the catalogue promises on each backend: documents as they were saved, listed newest first."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from core.errors import Refused
from core.ports import DocumentFilter
from core.types import PUBLIC, Audience, Document, Scope
from tests.integration.stores import EVERYBODY, START, STORES, Library, document, opened_library

PRIVATE = Scope("channel:slack:T1:G1")
HOSTILE_SCOPE = Scope("channel:api::x\0y")


@pytest.fixture(params=STORES)
async def library(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Library]:
    async with opened_library(request, tmp_path) as opened:
        yield opened


async def found(library: Library, **where: object) -> list[str]:
    page = await library.catalogue.page(DocumentFilter(**where))  # type: ignore[arg-type]
    assert page.total == len(page.documents)
    return [shown.id for shown in page.documents]


async def test_a_document_comes_back_with_everything_it_was_saved_with(library: Library) -> None:
    whole = Document(
        id="d/\0\ud800",
        title="휴가 \0 \udfff",
        origin="link:https://example.org/\ud800",
        scope=HOSTILE_SCOPE,
        digest="abc",
        url="https://example.org/휴가",
        media_type="text/html",
        state="dead",
        metadata={"a": 1, "b": 1.5, "c": True, "d": None, "e": "\0\ud83d\ude00", "\ud800": float("inf"), "f": 10**40},
        etag='W/"é"',
        modified="Sun, 01 Mar 2026 09:00:00 GMT",
        refresh_seconds=3600,
        read_at=START + timedelta(microseconds=1),
        next_check_at=datetime.max.replace(tzinfo=UTC),
        failures=3,
        error="store.full",
    )

    saved = await library.put(whole, "one", "two")

    assert await library.catalogue.find(whole.id) == saved
    assert saved.passage_count == 2


async def test_times_of_another_zone_are_the_same_moments(library: Library) -> None:
    seoul = START.astimezone(timezone(timedelta(hours=9)))

    await library.put(document("d1", read_at=seoul))

    kept = await library.catalogue.find("d1")
    assert kept is not None
    assert (kept.read_at, kept.read_at.tzinfo) == (START, UTC) or kept.read_at is seoul


async def test_an_unknown_document_is_not_found(library: Library) -> None:
    assert await library.catalogue.find("nobody") is None
    assert await library.texts("nobody") == []


async def test_documents_are_listed_newest_first(library: Library) -> None:
    for name, minute in (("a", 1), ("b", 3), ("c", 2), ("d", 3)):
        await library.put(document(name, read_at=START + timedelta(minutes=minute)))

    assert await found(library) == ["d", "b", "c", "a"]


async def test_pages_neither_repeat_nor_miss_a_document(library: Library) -> None:
    names = [f"d{number:02}" for number in range(23)]
    for name in names:
        await library.put(document(name))

    seen: list[str] = []
    after = None
    for number in itertools.count():
        page = await library.catalogue.page(DocumentFilter(), after=after, limit=5)
        seen += [shown.id for shown in page.documents]
        if page.next is None:
            break
        assert page.total == len(names) + number
        after = page.next
        # A newer document comes in front of what was shown, and the last that was shown goes.
        await library.put(document(f"new{number}", read_at=START + timedelta(days=1)))
        await library.put(document(f"newer{number}", read_at=START + timedelta(days=1)))
        await library.catalogue.forget([page.documents[-1].id])

    assert seen == names[::-1]


async def test_the_last_page_has_no_next(library: Library) -> None:
    for name in ("a", "b"):
        await library.put(document(name))

    assert (await library.catalogue.page(DocumentFilter(), limit=2)).next is None
    assert (await library.catalogue.page(DocumentFilter(), limit=1)).next is not None


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.", ".1", "-.1", "1.-1", "1.1.1", "٣.٣", "9" * 50 + ".1", "1.1\n"])
async def test_a_cursor_that_is_none_is_refused(library: Library, cursor: str) -> None:
    with pytest.raises(Refused) as refusal:
        await library.catalogue.page(DocumentFilter(), after=cursor)

    assert refusal.value.code == "store.cursor"


@pytest.mark.parametrize(("limit", "shown"), [(-(10**9), 1), (0, 1), (2, 2), (10**9, 3)])
async def test_any_limit_gives_a_page(library: Library, limit: int, shown: int) -> None:
    for name in ("a", "b", "c"):
        await library.put(document(name))

    assert len((await library.catalogue.page(DocumentFilter(), limit=limit)).documents) == shown


async def test_a_list_shows_only_what_the_audience_may_read(library: Library) -> None:
    await library.put(document("open"))
    await library.put(document("private", scope=PRIVATE))
    await library.put(document("hostile", scope=HOSTILE_SCOPE))

    assert await found(library, audience=EVERYBODY) == ["open"]
    assert await found(library, audience=Audience.of(PRIVATE, PUBLIC)) == ["private", "open"]
    assert await found(library, audience=Audience()) == []
    assert await found(library, audience=Audience.of(HOSTILE_SCOPE)) == ["hostile"]
    assert await found(library, audience=Audience.of(Scope("channel:api::x"))) == []


async def test_a_list_shows_what_a_workspace_knows_to_whoever_looks_after_it(library: Library) -> None:
    scopes = "public workspace:slack:T1 channel:slack:T1:C1 dm:slack:T1:D1 workspace:slack:T2 channel:slack:T10:C1"
    for name in scopes.split():
        await library.put(document(name, scope=Scope(name)), "one")

    async def listed(*workspaces: str) -> set[str]:
        where = DocumentFilter(audience=EVERYBODY, governed=frozenset(workspaces), words="title of")
        return {one.id for one in (await library.catalogue.page(where)).documents}

    assert await listed("slack:T1") == {"public", "workspace:slack:T1", "channel:slack:T1:C1"}
    assert await listed("slack:T1", "slack:T2") == await listed("slack:T1") | {"workspace:slack:T2"}
    assert await listed() == {"public"}


async def test_a_list_is_filtered_by_state_due_time_origin_and_words(library: Library) -> None:
    due = START + timedelta(hours=1)
    await library.put(document("a", title="연차 휴가 규정", origin="upload:100%_.pdf", state="refused"))
    await library.put(document("b", title="Straße ÉTÉ", origin="link:https://b", next_check_at=due))
    await library.put(document("c", title="nul\0 \ud800 End", origin="link:https://c", next_check_at=START))

    assert await found(library, state="refused") == ["a"]
    assert await found(library, due_before=due) == ["c", "b"]
    assert await found(library, due_before=due - timedelta(microseconds=1)) == ["c"]
    assert await found(library, origin_prefix="link:") == ["c", "b"]
    assert await found(library, origin_prefix="upload:100%") == ["a"]
    assert await found(library, origin_prefix="%") == []
    assert await found(library, origin_prefix="") == ["c", "b", "a"]
    assert await found(library, words="") == ["c", "b", "a"]
    assert await found(library, words="STRASSE été") == ["b"]
    assert await found(library, words="\ud800 END") == ["c"]
    assert await found(library, words="%") == []
    # A file name from a Mac is spelled in single letters of Hangul.
    assert await found(library, words="\u1112\u1172\u1100\u1161") == ["a"]
    assert await found(library, words="e", origin_prefix="link:", due_before=START, audience=EVERYBODY) == ["c"]
