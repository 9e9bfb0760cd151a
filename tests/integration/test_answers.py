"""What every store of answers promises: what was asked, what it rests on, and what people think of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest

from core.answers import CONTEXT_KEPT, EXCERPT_KEPT, OPINION_KEPT, TEXT_KEPT, TURN_KEPT, Answers, Citation, Opinions
from core.backends.sqlite import open_store
from core.backends.sqlite.database import rows
from core.shares import within, within_workspace
from core.types import PUBLIC, Answer, Audience, Outcome, Question, Scope, Session, Source, Turn
from tests.integration.stores import SESSION, START, STORES, AnyStore, Clock, opened_store

TEAM = Scope("workspace:slack:T1")
HOSTILE = ["nul\0nul", "lone \ud800 surrogate", "한글", "'; DROP TABLE answers; --", "%_*"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> AsyncIterator[AnyStore]:
    async with opened_store(request, tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
def answers(store: AnyStore) -> Answers:
    return store.answers


def question(
    identity: str, text: str = "", *, session: Session = SESSION, scopes: tuple[Scope, ...] = (), **more: object
) -> Question:
    audience = Audience.of(*scopes)
    return Question(identity, session, text or f"text of {identity}", audience, **more)  # type: ignore[arg-type]


def source(document: str = "d1", *, version: int = 1, excerpt: str = "excerpt") -> Source:
    return Source(1, document, "Title", excerpt, version=version, ordinal=3)


def ended(outcome: Outcome = "answered", *sources: Source, text: str = "text") -> Answer:
    return Answer("a", text, outcome, sources=sources)


async def unanswered(answers: Answers, **where: object) -> list[str]:
    return [row.text for row in await answers.unanswered(**where)]  # type: ignore[arg-type]


async def test_unanswered_questions_come_newest_first(answers: Answers) -> None:
    for number, outcome in enumerate(["not_found", "answered", "not_found", "failed", "quoted", "not_found"]):
        await answers.record(question(f"q{number}", f"휴가 {number}\0\ud800"), ended(outcome))  # type: ignore[arg-type]

    assert await unanswered(answers) == ["휴가 5\0\ud800", "휴가 2\0\ud800", "휴가 0\0\ud800"]
    assert await unanswered(answers, limit=1) == ["휴가 5\0\ud800"]
    assert await unanswered(answers, limit=0) == []
    assert await unanswered(answers, limit=-1) == []


async def test_outcomes_are_counted(answers: Answers) -> None:
    assert await answers.counts() == dict.fromkeys(get_args(Outcome), 0)

    for number, outcome in enumerate(["not_found", "answered", "answered", "failed"]):
        await answers.record(question(f"q{number}"), ended(outcome))  # type: ignore[arg-type]

    assert await answers.counts() == {"answered": 2, "not_found": 1, "failed": 1, "quoted": 0}


async def test_a_question_that_is_finished_again_counts_once(answers: Answers) -> None:
    await answers.record(question("q1"), ended("not_found"))
    await answers.record(question("q1"), ended("answered"))
    await answers.record(question("q1", session=Session("discord", "", "C9")), ended("answered"))

    assert await unanswered(answers) == []
    assert (await answers.counts())["answered"] == 2


async def test_only_the_latest_questions_are_kept_and_all_are_counted(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.backends.memory_answers.ANSWERS_KEPT", 3)
    monkeypatch.setattr("core.backends.sqlite.answers.ANSWERS_KEPT", 3)
    monkeypatch.setattr("core.backends.postgres.recording.ANSWERS_KEPT", 3)
    for number in range(5):
        await answers.record(question(f"q{number}"), ended("not_found"))

    assert await unanswered(answers) == ["text of q4", "text of q3", "text of q2"]
    assert (await answers.counts())["not_found"] == 5


async def test_a_question_is_forgotten_after_half_a_year(answers: Answers, clock: Clock) -> None:
    await answers.record(question("old"), ended("answered", source()))
    await answers.judge("old", helpful=True, by="U1")
    await clock.wait(182 * 24 * 3600)
    await answers.record(question("newer"), ended())
    assert await answers.find("old")
    await clock.wait(2 * 24 * 3600)
    await answers.record(question("newest"), ended())

    assert await answers.find("old") is None
    assert await answers.opinions() == Opinions()
    assert await answers.find("newer")


async def test_everything_that_is_needed_to_ask_again_is_kept(answers: Answers) -> None:
    said = tuple(Turn("human", f"{number} \0\ud800", START) for number in range(6))
    asked = question(
        "q1", "질문\0", scopes=(PUBLIC, TEAM), thread="slack:T1:C1:17", author="U1", locale="ko", context=said
    )
    await answers.record(asked, ended("quoted", source(), source("d2", version=9, excerpt="다른 \ud800"), text="답"))

    row = await answers.find("q1")

    assert row is not None
    assert (row.id, row.session, row.text, row.outcome, row.at) == ("q1", SESSION, "질문\0", "quoted", START)
    assert (row.audience, row.thread, row.author, row.locale) == (asked.audience, "slack:T1:C1:17", "U1", "ko")
    assert (row.context, row.answer) == (said[-CONTEXT_KEPT:], "답")
    assert row.citations == (Citation("d1", 1, 3, "excerpt"), Citation("d2", 9, 3, "다른 \ud800"))
    assert await answers.find("unknown") is None


async def test_long_texts_are_kept_in_part(answers: Answers) -> None:
    asked = question("q1", context=(Turn("human", "t" * 10_000),))
    await answers.record(asked, ended("answered", source(excerpt="e" * 10_000), text="a" * 10_000))

    row = await answers.find("q1")

    assert row is not None
    sizes = (len(row.answer), len(row.citations[0].excerpt), len(row.context[0].text))
    assert sizes == (TEXT_KEPT, EXCERPT_KEPT, TURN_KEPT)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_are_kept_as_they_are(answers: Answers, name: str) -> None:
    session = Session("api", "", f"x{name}")
    await answers.record(question(name, name, session=session, author=name), ended("not_found"))

    row = await answers.find(name)

    assert row is not None
    assert (row.id, row.session, row.author) == (name, session, name)
    assert await unanswered(answers, session=session) == [name]
    assert await answers.judge(name, helpful=False, by=name, text=name)


async def test_unanswered_questions_are_found_by_channel_reader_and_moment(answers: Answers, clock: Clock) -> None:
    elsewhere = Session("slack", "T1", "C12")
    await answers.record(question("old", scopes=(TEAM,)), ended("not_found"))
    await clock.wait(60)
    await answers.record(question("thread", session=Session("slack", "T1", "C1/17.4")), ended("not_found"))
    await answers.record(question("other", session=elsewhere, scopes=(TEAM, PUBLIC)), ended("not_found"))

    since = START + timedelta(seconds=60)
    assert await unanswered(answers, session=SESSION) == ["text of thread", "text of old"]
    assert await unanswered(answers, session=Session("slack", "T1", "C1/99")) == ["text of thread", "text of old"]
    assert await unanswered(answers, session=elsewhere) == ["text of other"]
    assert await unanswered(answers, scope=TEAM) == ["text of other", "text of old"]
    assert await unanswered(answers, scope=PUBLIC, since=since) == ["text of other"]
    assert await unanswered(answers, session=SESSION, scope=TEAM, since=since) == []


async def test_answers_that_cite_an_older_version_are_found_newest_first(answers: Answers, clock: Clock) -> None:
    await answers.record(question("q1"), ended("answered", source(version=1), source(version=1)))
    await clock.wait(60)
    await answers.record(question("q2"), ended("quoted", source("d2"), source(version=2)))
    await answers.record(question("q3"), ended("answered", source("d2")))

    async def citing(before: int, **more: object) -> list[str]:
        return [row.id for row in await answers.citing("d1", before=before, **more)]  # type: ignore[arg-type]

    assert await citing(3) == ["q2", "q1"]
    assert await citing(3, limit=1) == ["q2"]
    assert await citing(3, since=START + timedelta(seconds=1)) == ["q2"]
    assert await citing(2) == ["q1"]
    assert await citing(1) == []
    assert [await answers.citations(name) for name in ("d1", "d2", "none")] == [2, 2, 0]


async def test_what_was_checked_is_not_found_again_for_that_version(answers: Answers) -> None:
    await answers.record(question("q1"), ended("answered", source(version=1), source("d2", version=1)))
    await answers.record(question("q2"), ended("answered", source(version=1)))

    await answers.checked("q1", "d1", version=5)
    await answers.checked("q1", "d1", version=4)
    await answers.checked("unknown", "d1", version=5)

    assert [row.id for row in await answers.citing("d1", before=5)] == ["q2"]
    assert [row.id for row in await answers.citing("d1", before=6)] == ["q2", "q1"]
    assert [row.id for row in await answers.citing("d2", before=5)] == ["q1"]


async def test_an_answer_is_revised_without_being_counted_again(answers: Answers) -> None:
    await answers.record(question("q1"), ended("not_found"))
    await answers.revise("q1", ended("answered", source(version=7), text="now known" * 1000))
    await answers.revise("unknown", ended("answered"))

    row = await answers.find("q1")

    assert row is not None
    assert (row.outcome, row.answer[:9], len(row.answer)) == ("answered", "now known", TEXT_KEPT)
    assert row.citations == (Citation("d1", 7, 3, "excerpt"),)
    assert await unanswered(answers) == []
    assert (await answers.counts())["not_found"] == 1


async def test_everybody_has_one_opinion_and_the_last_one_wins(answers: Answers) -> None:
    await answers.record(question("q1"), ended())
    await answers.record(question("q2"), ended())

    assert await answers.judge("q1", helpful=True, by="U1")
    assert await answers.judge("q1", helpful=False, by="U1", text="wrong year" * 1000)
    assert await answers.judge("q1", helpful=True, by="U2")
    assert await answers.judge("q2", helpful=False, by="U1")
    assert not await answers.judge("unknown", helpful=True, by="U1")

    assert await answers.opinions("q1") == Opinions(1, 1)
    assert await answers.opinions("q2") == Opinions(0, 1)
    assert await answers.opinions("unknown") == Opinions()
    assert await answers.opinions() == Opinions(1, 2)


async def test_what_people_say_of_an_answer_is_kept_in_part(tmp_path: Path) -> None:
    async with open_store(tmp_path / "saseo.db") as store:
        await store.answers.record(question("q1"), ended())
        await store.answers.judge("q1", helpful=False, by="U1", text="x" * 10_000)

        assert await store._database.read(rows("SELECT length(text) FROM opinions")) == [(OPINION_KEPT,)]


async def test_a_channel_is_erased_and_its_neighbours_are_not(answers: Answers) -> None:
    for name in ("C1", "C1/17.4", "C12", "D1"):
        await answers.record(question(name, session=Session("slack", "T1", name)), ended("not_found", source()))
    await answers.record(question("T2", session=Session("slack", "T2", "C1")), ended("not_found"))
    await answers.judge("C1", helpful=True, by="U1")

    assert await answers.erase(within(SESSION)) == 2
    assert await unanswered(answers) == ["text of T2", "text of D1", "text of C12"]
    assert await answers.erase(within_workspace("slack", "T1")) == 2
    assert await unanswered(answers) == ["text of T2"]
    assert await answers.erase(within(SESSION)) == 0
    assert await answers.opinions() == Opinions()
    assert (await answers.counts())["not_found"] == 5


async def test_nothing_quotes_a_forgotten_document(store: AnyStore) -> None:
    await store.answers.record(question("q1"), ended("answered", source("d1"), source("d2"), text="secret"))
    await store.answers.record(question("q2"), ended("answered", source("d2"), text="kept"))

    await store.catalogue.forget(["d1"])

    first, second = await store.answers.find("q1"), await store.answers.find("q2")
    assert first is not None
    assert second is not None
    assert (first.answer, [one.document_id for one in first.citations]) == ("", ["d2"])
    assert (second.answer, len(second.citations)) == ("kept", 1)
    assert list(await store.answers.citing("d1", before=9)) == []
