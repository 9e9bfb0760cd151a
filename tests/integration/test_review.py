"""What every store promises to whoever looks back: questions by page, figures by day and channel, texts that go."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from core.answers import Answers, Opinions
from core.errors import Refused
from core.review import API, BOUNDS, CONSOLE, STALE, DayFigures, Figures, Opinion, QuestionFilter, Review, Thought
from core.types import PUBLIC, Answer, Audience, Outcome, Question, Session, Source, Turn, Usage
from tests.integration.stores import SESSION, START, STORES, AnyStore, Clock, opened_store

EVERYTHING = QuestionFilter()
DAY = 24 * 3600.0
STRANGE = "휴가 \0\ud800 '; DROP TABLE answers; --"
OUTCOMES: tuple[Outcome, ...] = ("answered", "quoted", "not_found", "failed")


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


@pytest.fixture
def review(store: AnyStore) -> Review:
    return store.review


async def record(
    answers: Answers, name: str, outcome: Outcome = "answered", *, session: Session = SESSION, **more: object
) -> None:
    context = (Turn("human", f"before {name}", START),)
    asked = Question(name, session, f"text of {name}", Audience.of(PUBLIC), author="U1", thread="t", context=context)
    source = Source(1, "d1", "Title", "excerpt", version=1)
    details: dict[str, object] = {"model": "m", "usage": Usage(100, 10), "elapsed": 1.5, **more}
    await answers.record(asked, Answer(name, f"answer to {name}", outcome, sources=(source,), **details))  # type: ignore[arg-type]


async def names(review: Review, where: QuestionFilter = EVERYTHING, **more: object) -> list[str]:
    return [one.asked.id for one in (await review.page(where, **more)).questions]  # type: ignore[arg-type]


async def test_questions_come_newest_first_in_pages(answers: Answers, review: Review) -> None:
    for number in range(5):
        await record(answers, f"q{number}")

    first = await review.page(EVERYTHING, limit=2)
    second = await review.page(EVERYTHING, after=first.next, limit=2)
    third = await review.page(EVERYTHING, after=second.next, limit=2)

    shown = [[one.asked.id for one in page.questions] for page in (first, second, third)]
    assert shown == [["q4", "q3"], ["q2", "q1"], ["q0"]]
    assert third.next is None
    assert (await review.page(EVERYTHING, limit=5)).next is None
    assert await names(review, limit=-1) == ["q4"]
    assert (await review.page(QuestionFilter(outcome="failed"))).questions == ()


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1.2", "9" * 19, "\ud800"])
async def test_a_cursor_that_is_none_is_refused(review: Review, cursor: str) -> None:
    with pytest.raises(Refused) as refused:
        await review.page(EVERYTHING, after=cursor)
    assert refused.value.code == "store.cursor"


async def test_a_question_is_shown_with_all_that_its_answer_took(answers: Answers, review: Review) -> None:
    await record(answers, STRANGE, "quoted", model="gpt", usage=Usage(1200, 34), elapsed=2.345678)
    await record(answers, "plain", "failed", model=None, usage=Usage(), elapsed=0.0)

    plain, strange = [one.asked for one in (await review.page(EVERYTHING)).questions]

    assert (strange.text, strange.outcome, strange.session, strange.at) == (
        f"text of {STRANGE}",
        "quoted",
        SESSION,
        START,
    )
    assert (strange.answer, strange.author) == (f"answer to {STRANGE}", "U1")
    assert (strange.model, strange.usage, strange.elapsed) == ("gpt", Usage(1200, 34), 2.345678)
    assert (strange.revision, strange.revised_at) == (None, None)
    assert (plain.model, plain.usage, plain.elapsed) == (None, Usage(), 0.0)
    assert await answers.find("plain") is not None


async def test_questions_are_found_by_outcome_channel_moment_and_workspace(
    answers: Answers, review: Review, clock: Clock
) -> None:
    await record(answers, "old", "not_found")
    await clock.wait(60)
    await record(answers, "thread", "not_found", session=Session("slack", "T1", "C1/17.4"))
    await record(answers, "other", session=Session("slack", "T2", "C1"))
    await record(answers, "neighbour", session=Session("slack", "T12", "C1"))
    await record(answers, "page", session=Session("http", "", "console-1"))
    await record(answers, "program", "quoted", session=Session("http", "", STRANGE))
    since = START + timedelta(seconds=60)

    assert await names(review, QuestionFilter(outcome="not_found")) == ["thread", "old"]
    assert await names(review, QuestionFilter(outcome="not_found", since=since)) == ["thread"]
    assert await names(review, QuestionFilter(channel="slack:T1:C1")) == ["thread", "old"]
    assert await names(review, QuestionFilter(channel=CONSOLE)) == ["page"]
    assert await names(review, QuestionFilter(channel=API, outcome="quoted")) == ["program"]
    assert await names(review, QuestionFilter(channel=STRANGE)) == []
    assert await names(review, QuestionFilter(workspaces=("slack:T1",))) == ["thread", "old"]
    assert await names(review, QuestionFilter(workspaces=("slack:T1", "slack:T2"))) == ["other", "thread", "old"]
    assert await names(review, QuestionFilter(workspaces=())) == []


async def test_questions_are_found_by_what_people_think_with_their_words(answers: Answers, review: Review) -> None:
    for name in ("bad", "mixed", "good", "silent"):
        await record(answers, name)
    await answers.judge("bad", helpful=False, by="U1", text=STRANGE)
    await answers.judge("mixed", helpful=False, by="U1")
    await answers.judge("mixed", helpful=True, by="U2", text="fine")
    await answers.judge("good", helpful=True, by="U1")

    opinions: tuple[Opinion, ...] = ("unhelpful", "helpful")
    found = {name: await review.page(QuestionFilter(opinion=name)) for name in opinions}

    assert [one.asked.id for one in found["unhelpful"].questions] == ["mixed", "bad"]
    assert [one.asked.id for one in found["helpful"].questions] == ["good", "mixed"]
    assert found["unhelpful"].questions[0].thoughts == (Thought(helpful=False), Thought(helpful=True, text="fine"))
    assert found["unhelpful"].questions[1].thoughts == (Thought(helpful=False, text=STRANGE),)


async def test_it_is_kept_what_became_of_an_answer(answers: Answers, review: Review, clock: Clock) -> None:
    for name, outcome in (("open", "not_found"), ("right", "answered"), ("gone", "quoted"), ("left", "answered")):
        await record(answers, name, outcome)  # type: ignore[arg-type]
    await record(answers, "fine")
    await clock.wait(60)

    await answers.revise("open", Answer("a", "found", "quoted"))
    await answers.revise("right", Answer("a", "changed", "answered"))
    await answers.revise("gone", Answer("a", "", "not_found"))
    await answers.doubt("left")
    await answers.doubt("unknown")

    rows = [one.asked for one in (await review.page(EVERYTHING)).questions]
    became = {row.id: (row.revision, row.revised_at) for row in rows}
    later = START + timedelta(seconds=60)
    assert became == {
        "open": ("found", later),
        "right": ("changed", later),
        "gone": ("withdrawn", later),
        "left": ("doubtful", later),
        "fine": (None, None),
    }
    assert await names(review, QuestionFilter(revisions=STALE)) == ["left", "gone", "right"]
    assert await names(review, QuestionFilter(revisions=frozenset({"found"}))) == ["open"]
    assert await names(review, QuestionFilter(revisions=frozenset())) == []
    found = await answers.find("right")
    assert found is not None
    assert (found.revision, found.elapsed, found.usage) == ("changed", 1.5, Usage(100, 10))


async def test_figures_are_added_up_by_day_and_channel(answers: Answers, review: Review, clock: Clock) -> None:
    for outcome in OUTCOMES:
        await record(answers, f"q{outcome}", outcome, elapsed=0.1)
    await record(answers, "slow", elapsed=61.6, session=Session("slack", "T1", "C1/17.4"))
    await record(answers, "page", elapsed=0.15, usage=Usage(), session=Session("http", "", "console-1"))
    await record(answers, "program", "failed", elapsed=4.0, session=Session("http", "", "한글"))
    await clock.wait(DAY)
    await record(answers, "next", "not_found", elapsed=0.0)

    assert await review.figures(START) == (
        DayFigures(date(2026, 3, 1), API, Figures(failed=1, seconds=4.0, times=took(12), usage=Usage(100, 10))),
        DayFigures(date(2026, 3, 1), CONSOLE, Figures(answered=1, seconds=0.15, times=took(1))),
        DayFigures(
            date(2026, 3, 1),
            "slack:T1:C1",
            Figures(2, 1, 1, 1, seconds=62.0, times=(4, *took(len(BOUNDS))[1:]), usage=Usage(500, 50)),
        ),
        DayFigures(date(2026, 3, 2), "slack:T1:C1", Figures(not_found=1, times=took(0), usage=Usage(100, 10))),
    )


def took(bucket: int) -> tuple[int, ...]:
    return tuple(int(number == bucket) for number in range(len(BOUNDS) + 1))


async def test_days_are_those_of_whoever_looks(answers: Answers, review: Review, clock: Clock) -> None:
    await record(answers, "morning")
    await clock.wait(6 * 3600)
    await record(answers, "afternoon")

    async def days(hours: int) -> list[tuple[int, int]]:
        found = await review.figures(START - timedelta(days=1), shift=timedelta(hours=hours))
        return [(one.day.day, one.figures.questions) for one in found]

    assert await days(0) == [(1, 2)]
    assert await days(9) == [(1, 1), (2, 1)]
    assert await days(-10) == [(28, 1), (1, 1)]


async def test_figures_are_those_since_a_moment_and_of_some_workspaces(
    answers: Answers, review: Review, clock: Clock
) -> None:
    await record(answers, "old")
    await clock.wait(60)
    await record(answers, "mine")
    await record(answers, "theirs", session=Session("discord", "9", "77"))

    async def counted(**more: object) -> dict[str, int]:
        found = await review.figures(START + timedelta(seconds=60), **more)  # type: ignore[arg-type]
        return {one.channel: one.figures.questions for one in found}

    assert await counted() == {"discord:9:77": 1, "slack:T1:C1": 1}
    assert await counted(workspaces=["discord:9"]) == {"discord:9:77": 1}
    assert await counted(workspaces=[]) == {}


async def test_texts_are_erased_when_their_time_is_over_and_the_figures_stay(
    answers: Answers, review: Review, clock: Clock
) -> None:
    for name in ("oldest", "old"):
        await record(answers, name, "not_found")
        await answers.judge(name, helpful=False, by="U1", text="wrong")
    await clock.wait(DAY)
    await record(answers, "new", "not_found")
    await answers.judge("new", helpful=False, by="U1", text="wrong")
    before = await review.figures(START)

    assert await review.erase_texts(START + timedelta(hours=1), limit=1) == 1
    assert [one.asked.text for one in (await review.page(EVERYTHING)).questions][-1] == ""
    assert await review.erase_texts(START + timedelta(hours=1)) == 1
    assert await review.erase_texts(START + timedelta(hours=1)) == 0

    new, *erased = (await review.page(EVERYTHING)).questions
    assert (new.asked.text, new.asked.author, new.thoughts) == (
        "text of new",
        "U1",
        (Thought(helpful=False, text="wrong"),),
    )
    for one in erased:
        row = one.asked
        assert (row.text, row.answer, row.author, row.thread, row.context) == ("", "", "", "", ())
        assert one.thoughts == (Thought(helpful=False),)
        assert (row.outcome, row.elapsed, row.usage) == ("not_found", 1.5, Usage(100, 10))
    assert await review.figures(START) == before
    assert await answers.opinions() == Opinions(0, 3)
    assert [row.id for row in await answers.unanswered()] == ["new"]
    assert [row.id for row in await answers.citing("d1", before=9)] == ["new"]
    assert await answers.judge("old", helpful=True, by="U1")
    assert await answers.opinions("old") == Opinions(1, 1)
