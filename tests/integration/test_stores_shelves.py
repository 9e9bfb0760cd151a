"""What the shelves promise on each backend: only current passages, only to those who may read them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from core.allowed import Allowed
from core.types import PUBLIC, Audience, Metadata, Passage, PassageKey, Scope
from tests.corpus import shared_data
from tests.integration.stores import EVERYBODY, STORES, Library, changed, document, in_turns, opened_library

PRIVATE = Scope("channel:slack:T1:G1")


@pytest.fixture(params=STORES)
async def library(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Library]:
    async with opened_library(request, tmp_path) as opened:
        yield opened


async def test_passages_come_back_as_they_were_saved_in_the_order_of_the_keys(library: Library) -> None:
    version = await library.journal.begin("d1")
    passages = [
        Passage("d1", version, 7, "여덟\0째 \ud800", heading="장 > 절 \udfff", page=3, start=10, end=20, anchor="절-1"),
        Passage("d1", version, 2, "third"),
    ]
    saved = document("d1", version=version, passage_count=2)
    await library.catalogue.save(saved, passages)
    keys = [passage.key for passage in passages]

    for _ in range(2):
        resolved = await library.shelves.resolve(keys, EVERYBODY)
        assert list(resolved.items()) == [(passage.key, (passage, saved)) for passage in passages]
    assert list(await library.shelves.passages("d1")) == passages[::-1]


async def test_nothing_is_resolved_for_unknown_keys(library: Library) -> None:
    saved = await library.put(document("d1"), "one")
    await library.put(document("d2"), "two")
    unknown = [
        PassageKey("d1", saved.version, 1),
        PassageKey("d1", saved.version, 2**20),
        PassageKey("d1", saved.version, -1),
        PassageKey("d1", saved.version + 1, 0),
        PassageKey("d2", saved.version, 0),
        PassageKey("nobody", saved.version, 0),
        PassageKey("\0\ud800", -(2**62), -1),
    ]

    assert dict(await library.shelves.resolve(unknown, EVERYBODY)) == {}
    assert dict(await library.shelves.resolve([], EVERYBODY)) == {}


async def test_more_passages_of_a_document_that_is_known_are_resolved(library: Library) -> None:
    saved = await library.put(document("d1"), "one", "two")
    keys = [PassageKey("d1", saved.version, ordinal) for ordinal in range(2)]

    for shown in (keys[:1], keys):
        assert list(await library.shelves.resolve(shown, EVERYBODY)) == shown


async def test_only_the_audience_resolves_a_passage(library: Library) -> None:
    saved = await library.put(document("d1", scope=PRIVATE), "secret")
    key = PassageKey("d1", saved.version, 0)

    for _ in range(2):
        assert list(await library.shelves.resolve([key], EVERYBODY)) == []
        assert list(await library.shelves.resolve([key], Audience())) == []
        assert list(await library.shelves.resolve([key], Audience.of(PUBLIC, PRIVATE))) == [key]


async def test_a_scope_that_changed_counts_at_once(library: Library) -> None:
    saved = await library.put(document("d1"), "was public")
    key = PassageKey("d1", saved.version, 0)
    assert await library.shelves.resolve([key], EVERYBODY)

    await library.catalogue.save(changed(saved, scope=PRIVATE))

    assert dict(await library.shelves.resolve([key], EVERYBODY)) == {}
    assert await library.shelves.matching({}, EVERYBODY) == frozenset()


async def test_passages_are_given_from_an_ordinal_on(library: Library) -> None:
    await library.put(document("d1"), *"abcdefghij")

    async def texts(**window: int) -> str:
        return "".join(passage.text for passage in await library.shelves.passages("d1", **window))

    assert await texts() == "abcdefghij"
    assert await texts(first=7) == "hij"
    assert await texts(first=2, count=3) == "cde"
    assert await texts(first=-5, count=2) == "ab"
    assert await texts(first=99) == ""
    assert await texts(first=10**30) == ""
    assert await texts(count=0) == ""
    assert await texts(count=-3) == ""
    assert await texts(count=10**9) == "abcdefghij"


async def test_readers_see_one_whole_version_while_it_is_replaced(library: Library) -> None:
    await library.put(document("d1"), *["0"] * 20)

    async def replace() -> None:
        for number in range(1, 30):
            await library.put(document("d1"), *[str(number)] * 20)

    writing = asyncio.create_task(replace())
    seen = []
    while not writing.done():
        texts = await library.texts("d1")
        assert (len(texts), len(set(texts))) == (20, 1)
        current = await library.catalogue.find("d1")
        assert current is not None
        keys = [PassageKey("d1", current.version, ordinal) for ordinal in range(20)]
        resolved = await library.shelves.resolve(keys, EVERYBODY)
        assert len(resolved) in {0, 20}
        seen.append(int(texts[0]))
        await asyncio.sleep(0)
    await writing

    assert seen == sorted(seen)
    assert await library.texts("d1") == ["29"] * 20


async def matching(library: Library, filters: Metadata) -> str:
    return "".join(sorted(await library.shelves.matching(filters, EVERYBODY)))


async def test_values_match_only_values_of_their_own_type(library: Library) -> None:
    values: dict[str, str | float | bool | None] = {"a": 1, "b": "1", "c": True, "d": None, "e": "", "f": 0, "g": False}
    for name, value in values.items():
        await library.put(document(name, metadata={"x": value}))
    await library.put(document("h"))

    for name, value in values.items():
        assert await matching(library, {"x": value}) == name
    assert await matching(library, {"x": 1.0}) == "a"
    assert await matching(library, {"x": "true"}) == ""
    assert await matching(library, {"x": "None"}) == ""
    assert await matching(library, {"y": None}) == ""


async def test_large_and_odd_numbers_match_exactly(library: Library) -> None:
    values = {"a": 2**53, "b": 2**53 + 1, "c": 10**30, "d": 0.1, "e": float("inf"), "f": 1e300}
    for name, value in values.items():
        await library.put(document(name, metadata={"x": value}))

    for name, value in values.items():
        assert await matching(library, {"x": value}) == name
    assert await matching(library, {"x": float(2**53)}) == "a"


async def test_every_filter_must_match(library: Library) -> None:
    await library.put(document("a", metadata={"team": "people", "year": 2026}))
    await library.put(document("b", metadata={"team": "people", "year": 2025}))

    assert await matching(library, {"team": "people"}) == "ab"
    assert await matching(library, {"team": "people", "year": 2026}) == "a"
    assert await matching(library, {"team": "people", "unknown": 2026}) == ""
    assert await matching(library, {f"x{number}": number for number in range(5000)}) == ""
    assert await matching(library, {}) == "ab"


async def test_a_documents_own_fields_match_beside_what_was_sent(library: Library) -> None:
    await library.put(document("a", title="Rules", url="https://a", media_type="text/html", origin="link:https://a"))
    await library.put(document("b", metadata={"title": "Rules", "url": None}))

    assert await matching(library, {"title": "Rules"}) == "ab"
    assert await matching(library, {"url": "https://a", "media_type": "text/html"}) == "a"
    assert await matching(library, {"url": None}) == "b"
    assert await matching(library, {"origin": "upload:b"}) == "b"
    assert await matching(library, {"document_id": "b"}) == "b"
    assert await matching(library, {"scope": "public"}) == ""


async def test_matching_shows_only_what_the_audience_may_read(library: Library) -> None:
    await library.put(document("a", scope=PRIVATE, metadata={"x": 1}))

    assert await library.shelves.matching({"x": 1}, EVERYBODY) == frozenset()
    assert await library.shelves.matching({"x": 1}, Audience()) == frozenset()
    assert await library.shelves.matching({"x": 1}, Audience.of(PRIVATE)) == {"a"}


HARDER = ["\0", "a\0b", "a", "\ud800", "\udfff\ud800", "\ud83d\ude00", "😀", "é", "e\u0301", '"', "\\", "\\ud800", "[]"]


async def check_naughty(library: Library, naughty: list[str]) -> None:
    metadata = dict(zip(naughty, reversed(naughty), strict=True))
    await library.put(document("all", metadata=metadata), *naughty)
    await in_turns(
        library.put(document(f"d{number}", title=text, metadata={text: text, "same": True}), text)
        for number, text in enumerate(naughty)
    )

    kept = await library.catalogue.find("all")
    assert kept is not None
    assert kept.metadata == metadata
    assert await library.texts("all") == naughty
    assert await library.shelves.matching(metadata, EVERYBODY) == {"all"}
    for name in (None, "title"):
        asked: list[Metadata] = [{name or text: text, "same": True} for text in naughty]
        matched = await in_turns(library.shelves.matching(filters, EVERYBODY) for filters in asked)
        assert matched == [{f"d{number}"} for number in range(len(naughty))]
    assert await library.shelves.matching(dict.fromkeys(naughty, "no"), EVERYBODY) == frozenset()


async def test_any_string_can_be_a_key_and_a_value(library: Library) -> None:
    await check_naughty(library, HARDER)


@pytest.mark.corpus
async def test_naughty_strings_can_be_keys_and_values(library: Library) -> None:
    naughty = json.loads(shared_data("naughty_strings.json").read_text("utf-8"))

    await check_naughty(library, list(dict.fromkeys([*naughty, *HARDER])))


async def test_what_is_allowed_is_found_by_id_by_origin_and_by_readers_and_only_where_it_may_be_read(
    library: Library,
) -> None:
    team = Scope("workspace:slack:T1")
    page = "https://wiki.example/한/"
    for one in (
        document("named"),
        document("below", origin=f"link:{page}a"),
        document("shared", origin=f"slack:T1:link:{page}b"),
        document("beside", origin="link:https://wiki.example/other"),
        document("team", scope=team),
        document("secret", scope=Scope("channel:slack:T1:C9"), origin=f"link:{page}c"),
    ):
        await library.put(one, "text")
    both = Audience.of(PUBLIC, team)

    async def among(audience: Audience = both, **parts: Any) -> set[str]:
        return set(await library.shelves.among(Allowed(**parts), audience))

    assert await among() == set()
    assert await among(documents=frozenset({"named", "secret", "unknown", "odd\ud800"})) == {"named"}
    assert await among(origins=(f"link:{page}", f"slack:T1:link:{page}")) == {"below", "shared"}
    assert await among(scopes=frozenset({team, Scope("channel:slack:T1:C9")})) == {"team"}
    assert await among(origins=(f"link:{page}a",), documents=frozenset({"team"})) == {"below", "team"}
    assert await among(EVERYBODY, documents=frozenset({"team", "named"})) == {"named"}
    assert await among(Audience(), documents=frozenset({"named"})) == set()
