"""What every store promises to a person or a channel: what is kept of them is handed over, whole and to nobody else."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.backends.memory import MemoryStore
from core.errors import Refused
from core.exporting import EXPORTED
from core.inbox import Accepted
from core.shares import Share
from core.subjects import PAGE
from core.types import PUBLIC, Scope
from tests.integration.stores import STORES, document, library_of, opened_store
from tests.integration.subjects import (
    ALONE,
    BY,
    CHANNEL,
    CONSOLE,
    DIRECT,
    MARKER,
    OTHER,
    PERSON,
    Given,
    ask,
    fill,
    given_of,
    read,
    share,
)


@pytest.fixture(params=STORES)
async def given(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Given]:
    async with opened_store(request, tmp_path) as store:
        yield given_of(store)


async def test_a_person_is_handed_what_is_theirs_and_nothing_else(given: Given, tmp_path: Path) -> None:
    names = await fill(given)
    target = tmp_path / "person.zip"
    counts = await given.exporting.export(PERSON, target, by=BY)
    files = read(target)

    assert counts == {name: about["count"] for name, about in _files(files).items()}
    assert counts == {
        "questions": 4,
        "feedback": 1,
        "visits": 1,
        "deeds": 1,
        "waiting": 1,
        "conversations": 3,
        "documents": 2,
        "passages": 2,
    }
    assert all(about["about"] for about in _files(files).values())
    assert {row["asked"]["session"] for row in files["questions"]} == {
        str(session) for session in (CHANNEL, ALONE, DIRECT, CONSOLE)
    }
    assert all(MARKER in row["asked"]["text"] and MARKER in row["asked"]["answer"] for row in files["questions"])
    assert files["questions"][0]["asked"]["citations"][0]["excerpt"] == "excerpt"
    assert files["feedback"] == [{"question": names["others"], "helpful": False, "text": f"No, {MARKER}"}]
    assert [row["body"]["user"] for row in files["waiting"]] == [PERSON.id]
    assert files["visits"][0]["arrival"]["id"] == str(PERSON)
    assert {row["session"] for row in files["conversations"]} == {str(one) for one in (ALONE, DIRECT, CONSOLE)}
    assert {row["id"] for row in files["documents"]} == {names["private"], names["added"]}
    assert MARKER in files["passages"][0]["text"]
    assert "profile" not in files["passages"][0]
    assert OTHER not in target.read_bytes().decode(errors="replace")
    assert target.stat().st_mode & 0o077 == 0
    newest = (await given.audit.page())[0].deed
    assert (newest.who, newest.what, newest.workspace) == (BY, EXPORTED, "slack:T1")
    assert PERSON.id not in newest.thing


def _files(files: dict[str, object]) -> dict[str, dict[str, object]]:
    manifest = files["manifest"]
    assert isinstance(manifest, dict)
    return {name.removesuffix(".json"): about for name, about in manifest["files"].items()}


async def test_a_channel_is_handed_what_all_there_could_see(given: Given, tmp_path: Path) -> None:
    names = await fill(given)
    await given.channels.change(CHANNEL, lambda known: replace(known, instructions="Be brief", more={"refused": []}))
    public = await share(given, CHANNEL, "The canteen closes at two.", message="2.1", scope=PUBLIC)
    target = tmp_path / "channel.zip"
    counts = await given.exporting.export(CHANNEL, target, by=BY, locale="ko")
    files = read(target)

    assert {row["asked"]["session"] for row in files["questions"]} == {str(CHANNEL)}
    assert counts["questions"] == 2
    assert sorted(thought["helpful"] for thought in files["questions"][0]["thoughts"]) == [False, True]
    assert [row["session"] for row in files["conversations"]] == [str(CHANNEL)]
    assert files["settings"][0]["instructions"] == "Be brief"
    assert {row["id"] for row in files["documents"]} == {names["document"], public}
    assert {row["text"] for row in files["passages"]} == {"The office opens at nine.", "The canteen closes at two."}
    assert {row["document_id"] for row in files["shares"]} == {names["document"], public}
    assert counts["waiting"] == 2
    assert "Alone" not in str(files)


async def test_pages_follow_each_other_without_a_gap(given: Given) -> None:
    for number in range(3):
        name = await ask(given, CHANNEL, f"Question {number}", by=PERSON.id)
        await given.store.answers.judge(name, helpful=True, by=str(PERSON))
        await given.store.inbox.accept(Accepted(f"{CHANNEL}:{number}", "t", {"author": PERSON.id}), holder="")
        await given.audit.note(str(PERSON), f"deed {number}")
    await given.store.inbox.written(f"{CHANNEL}:2", {"text": "Ready"})
    traces = given.store.traces
    pages: list[Callable[[int | None], Awaitable[Sequence[tuple[int, object]]]]] = [
        lambda before: traces.questions(PERSON, before=before, limit=1),
        lambda before: traces.judgements(PERSON, before=before, limit=1),
        lambda before: traces.owed("slack:T1:", before=before, limit=1),
        lambda before: traces.deeds(str(PERSON), before=before, limit=1),
    ]
    for page in pages:
        before, seen = None, list[object]()
        while rows := await page(before):
            before = rows[-1][0]
            seen += [row for _, row in rows]
        assert len(seen) == 3
    ((_, newest),) = await traces.owed("slack:T1:", limit=1)
    assert newest.answer == {"text": "Ready"}
    assert await traces.owed("slack:T2:") == []


async def test_an_archive_is_never_written_over_and_a_bad_place_is_said(tmp_path: Path) -> None:
    given = given_of(MemoryStore())
    taken = tmp_path / "taken.zip"
    taken.write_bytes(b"mine")
    with pytest.raises(Refused) as refused:
        await given.exporting.export(PERSON, taken, by=BY)
    assert (refused.value.code, taken.read_bytes()) == ("subject.exists", b"mine")
    with pytest.raises(Refused) as refused:
        await given.exporting.export(PERSON, tmp_path / "nowhere" / "x.zip", by=BY)
    assert refused.value.code == "subject.unwritten"
    assert await asyncio.to_thread(os.listdir, tmp_path) == ["taken.zip"]


async def test_many_rows_are_written_as_one_list(tmp_path: Path) -> None:
    given = given_of(MemoryStore())
    for number in range(60):
        await ask(given, CHANNEL, f"{number} \ud83d " + "x" * 7000, by=PERSON.id)
    counts = await given.exporting.export(PERSON, tmp_path / "many.zip", by=BY)
    assert counts["questions"] == len(read(tmp_path / "many.zip")["questions"]) == 60
    assert counts["conversations"] == 0


async def test_what_is_there_no_more_is_left_out(tmp_path: Path) -> None:
    given = given_of(MemoryStore())
    names = await fill(given)
    await given.audit.note(str(PERSON), "document.forgotten", thing=names["added"])
    await given.library.forget([names["added"]])
    await given.store.shares.add(Share(CHANNEL, "9.9", "F9"), "never-read")
    await given.history.clear(DIRECT)
    counts = await given.exporting.export(PERSON, tmp_path / "person.zip", by=BY)
    assert (counts["deeds"], counts["documents"], counts["conversations"]) == (2, 1, 2)
    counts = await given.exporting.export(CHANNEL, tmp_path / "channel.zip", by=BY)
    assert (counts["shares"], counts["documents"]) == (2, 1)


async def test_a_channel_with_many_documents_is_handed_over_page_by_page(tmp_path: Path) -> None:
    given = given_of(MemoryStore())
    for number in range(PAGE + 1):
        await library_of(given.store).put(document(f"d{number}", scope=Scope.channel(CHANNEL)), "text")
    counts = await given.exporting.export(CHANNEL, tmp_path / "channel.zip", by=BY)
    assert counts["documents"] == counts["passages"] == PAGE + 1
    assert (await given.erasing.erase(CHANNEL, by=BY))["documents"] == PAGE + 1
    assert await given.dense.count() == 0
