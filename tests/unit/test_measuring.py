"""What is measured of a question, of a stage, and of what Saseo asks of others."""

import asyncio
from dataclasses import replace

import pytest

from core.backends.memory import MemoryStore
from core.backends.memory_recorder import MemoryRecorder
from core.backends.memory_world import MemoryFetcher, PlainReader, ScriptedModel
from core.chat import Limits
from core.errors import Refused, SaseoError, Unavailable
from core.measured import MeasuredCatalogue, MeasuredFetcher, MeasuredModel, MeasuredReader, MeasuredRefresher, asking
from core.measuring import SILENT, STAGE_FAILURES, STAGE_SECONDS, measured
from core.metrics import (
    CLAIMS,
    DOCUMENTS_FORGOTTEN,
    DOCUMENTS_INDEXED,
    FILES_READ,
    LINKS_FETCHED,
    LINKS_REFRESHED,
    QUESTION_SECONDS,
    QUESTIONS,
    QUESTIONS_UNDER_WAY,
    SEARCHES,
)
from core.ports import DocumentFilter, Fetched, Message
from core.pricing import Prices
from core.types import Document, Passage, Scope, Usage, identify
from tests.fakes.saseo import Core
from tests.unit.chatting import ASKED, question, stocked

URL = "https://wiki.example/page"


async def test_a_question_is_counted_once_and_so_is_the_time_of_each_stage() -> None:
    core = await stocked(ScriptedModel("You get 25 days [1]."))
    core.chat = core.chat_with(MeasuredModel(ScriptedModel("You get 25 days [1]."), core.recorder))
    await core.chat.ask(question())
    told = core.recorder
    assert told.value(QUESTIONS, platform="slack", outcome="answered") == 1
    assert told.times(QUESTION_SECONDS, platform="slack") == 1
    assert told.value(QUESTIONS_UNDER_WAY) == 0
    assert told.value(CLAIMS, outcome="taken") == 1
    assert told.value(SEARCHES, evidence="enough") == 1
    stages = ("claim", "history", "embed", "search_words", "search_vectors", "retrieve", "evidence", "first_token")
    for stage in (*stages, "model", "citations", "remember"):
        assert told.times(STAGE_SECONDS, stage=stage) == 1, stage


async def test_a_question_that_is_not_answered_is_counted_by_the_reason() -> None:
    core = await stocked()
    await core.chat.ask(question())
    await core.chat.ask(question("How do I repair a bicycle tyre?", name="2"))
    for asked in (question(), question("  ", name="3")):
        with pytest.raises(Refused):
            await core.chat.ask(asked)
    counted = {
        outcome: core.recorder.value(QUESTIONS, platform="slack", outcome=outcome)
        for outcome in ("quoted", "not_found", "duplicate", "refused")
    }
    assert counted == {"quoted": 1, "not_found": 1, "duplicate": 1, "refused": 1}
    assert core.recorder.value(CLAIMS, outcome="lost") == 1


async def test_a_question_that_nobody_waits_for_any_more_is_abandoned() -> None:
    core = await stocked(ScriptedModel("You get ", asyncio.Event()))
    stream = core.chat.stream(question())
    await anext(stream)
    assert core.recorder.value(QUESTIONS_UNDER_WAY) == 1
    await stream.aclose()
    assert core.recorder.value(QUESTIONS, platform="slack", outcome="abandoned") == 1
    assert core.recorder.value(QUESTIONS_UNDER_WAY) == 0


async def test_a_question_that_finds_no_room_is_counted_as_such() -> None:
    go_on = asyncio.Event()
    core = await stocked(ScriptedModel("You get ", go_on, "25 [1]."), limits=Limits(waiting=0))
    first = core.chat.stream(question())
    await anext(first)
    with pytest.raises(Unavailable):
        await core.chat.ask(question(name="2"))
    assert core.recorder.value(QUESTIONS, platform="slack", outcome="busy") == 1
    await first.aclose()


def test_a_bug_on_the_way_is_a_failed_question() -> None:
    recorder = MemoryRecorder()
    with pytest.raises(ZeroDivisionError), asking(recorder, question()):
        raise ZeroDivisionError
    assert recorder.value(QUESTIONS, platform="slack", outcome="failed") == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [(Refused("chat.empty"), "refused"), (Unavailable("model.busy"), "unavailable"), (KeyError("x"), "error")],
)
async def test_a_stage_that_fails_is_counted_by_the_kind_of_its_error(error: Exception, kind: str) -> None:
    recorder = MemoryRecorder()
    with pytest.raises(type(error)), measured(recorder, "retrieve"):
        raise error
    assert recorder.value(STAGE_FAILURES, stage="retrieve", kind=kind) == 1
    assert recorder.times(STAGE_SECONDS, stage="retrieve") == 1


async def test_a_stage_that_is_cancelled_took_its_time_and_did_not_fail() -> None:
    recorder = MemoryRecorder()
    begun = asyncio.Event()

    async def work() -> None:
        with measured(recorder, "retrieve"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert recorder.times(STAGE_SECONDS, stage="retrieve") == 1
    assert not any(recorder.value(STAGE_FAILURES, stage="retrieve", kind=kind) for kind in ("refused", "error"))


async def test_a_stage_is_a_part_of_the_question_it_belongs_to() -> None:
    core = await stocked()
    await core.chat.ask(question())
    around = dict(core.recorder.spans)
    assert around["question"] == ""
    assert {around[name] for name in ("claim", "history", "retrieve", "evidence", "citations")} == {"question"}
    assert {around[name] for name in ("search_words", "search_vectors")} == {"retrieve"}


def test_where_nothing_is_recorded_everything_works_all_the_same() -> None:
    with measured(SILENT, "retrieve"):
        SILENT.add(QUESTIONS, platform="slack", outcome="answered")
        SILENT.set(QUESTIONS_UNDER_WAY, 1)


def test_a_figure_with_other_labels_than_its_own_is_a_bug() -> None:
    with pytest.raises(ValueError, match="saseo_questions_total"):
        MemoryRecorder().add(QUESTIONS, user="U1")


async def test_the_first_text_of_a_model_is_a_stage_and_a_model_that_says_nothing_has_none() -> None:
    recorder = MemoryRecorder()
    model = MeasuredModel(ScriptedModel("a", "b"), recorder)
    assert model.name == "scripted"
    assert len([part async for part in model.stream([Message("human", ASKED)])]) == 3
    with pytest.raises(Unavailable):
        await anext(MeasuredModel(ScriptedModel(Unavailable("model.busy")), recorder).stream([]))
    assert recorder.times(STAGE_SECONDS, stage="first_token") == 1
    assert recorder.times(STAGE_SECONDS, stage="model") == 2
    assert recorder.value(STAGE_FAILURES, stage="model", kind="unavailable") == 1


async def test_files_are_counted_by_what_became_of_them() -> None:
    recorder = MemoryRecorder()
    reader = MeasuredReader(PlainReader(), recorder)
    assert (await reader.read(b"Text.", name="a.txt")).text == "Text."
    with pytest.raises(Refused):
        await reader.read(b"\xff\xfe\xfa", name="b.txt")

    class Broken(PlainReader):
        async def read(self, data: bytes, *, name: str, media_type: str | None = None) -> None:  # type: ignore[override]
            raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - an OSError says nothing more
        await MeasuredReader(Broken(), recorder).read(b"", name="c.txt")  # type: ignore[arg-type]
    assert [recorder.value(FILES_READ, outcome=outcome) for outcome in ("read", "refused", "failed")] == [1, 1, 1]


async def test_links_are_counted_by_what_became_of_them() -> None:
    recorder = MemoryRecorder()
    pages: dict[str, bytes | SaseoError] = {URL: b"Page.", "https://wiki.example/gone": Refused("fetch.gone")}
    fetcher = MeasuredFetcher(MemoryFetcher(pages), recorder)
    first = await fetcher.fetch(URL)
    assert isinstance(first, Fetched)
    await fetcher.fetch(URL, etag=first.etag)
    with pytest.raises(Refused):
        await fetcher.fetch("https://wiki.example/gone")
    counted = [recorder.value(LINKS_FETCHED, outcome=outcome) for outcome in ("fetched", "unchanged", "refused")]
    assert counted == [1, 1, 1]


async def test_a_catalogue_counts_what_comes_and_goes_and_changes_nothing() -> None:
    recorder, store = MemoryRecorder(), MemoryStore()
    catalogue = MeasuredCatalogue(store.catalogue, recorder)
    document = Document(id="a", title="A", origin="api:a", scope=Scope("public"), url=URL)
    await catalogue.save(document)
    assert recorder.value(DOCUMENTS_INDEXED) == 0
    version = await store.journal.begin("a")
    fresh = replace(document, version=version, passage_count=1)
    await catalogue.save(fresh, [Passage("a", version, 0, "Text.")])
    assert recorder.value(DOCUMENTS_INDEXED) == 1
    found = await catalogue.find("a")
    assert found is not None
    assert found.passage_count == 1
    assert [one.id for one in (await catalogue.page(DocumentFilter())).documents] == ["a"]
    assert await catalogue.due(found.read_at) == await store.catalogue.due(found.read_at)
    assert len(await catalogue.forget(["a", "b"])) == 1
    assert recorder.value(DOCUMENTS_FORGOTTEN) == 1


async def test_checks_of_links_are_counted_by_what_they_found() -> None:
    core = Core(pages={URL: b"Page."})
    refresher = MeasuredRefresher(core.library, core.recorder)
    document = (await core.library.add_link(URL)).document
    await refresher.refresh(document)
    core.web.pages[URL] = b"Another page."
    await refresher.refresh(document)
    core.web.pages[URL] = Unavailable("fetch.broken", host="wiki.example")
    await refresher.refresh(document)
    with pytest.raises(Refused):
        await refresher.refresh(replace(document, id=identify("nowhere")))
    outcomes = ("unchanged", "changed", "failed", "refused")
    assert [core.recorder.value(LINKS_REFRESHED, outcome=outcome) for outcome in outcomes] == [1, 1, 1, 1]


def test_what_tokens_cost_is_told_in_dollars_for_a_million() -> None:
    assert Prices(0.4, 1.6).cost(Usage(1_000_000, 500_000)) == pytest.approx(1.2)
    assert Prices(0.4, 1.6).cost(Usage()) == 0
