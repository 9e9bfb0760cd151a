"""How many questions may be asked in an hour and a day, and what people are told about it."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.resting import named
from core.backends.memory_recorder import MemoryRecorder
from core.backends.memory_tallies import MemoryTallies
from core.backends.memory_world import ScriptedModel
from core.budgeted import BudgetedModel
from core.chat import Chat
from core.errors import Refused, Unavailable
from core.evidence import Evidence
from core.inbox import Accepted
from core.limits import DAY, HOUR, Budget, Gate, Quotas, Window, first_name, window
from core.metrics import BUDGET_USED, LIMITED
from core.ports import Message
from core.pricing import Prices
from core.types import PUBLIC, Answer, Audience, Question, Session, Usage
from tests.fakes.saseo import Core
from tests.integration.stores import Clock
from tests.unit.chatting import ASKED, stocked

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def question(name: str = "1", *, author: str = "U1", channel: str = "C1") -> Question:
    return Question(name, Session("slack", "T1", channel), ASKED, Audience.of(PUBLIC), author=author)


def gate(
    clock: Clock, tallies: MemoryTallies | None = None, recorder: MemoryRecorder | None = None, **most: float
) -> Gate:
    quotas = Quotas(**most)  # type: ignore[arg-type]
    return Gate(tallies or MemoryTallies(clock=clock), quotas, clock=clock, recorder=recorder or MemoryRecorder())


async def refusal(gate: Gate, asked: Question, locale: str = "en") -> str:
    with pytest.raises(Refused) as refused:
        await gate.admit(asked, locale=locale)
    return refused.value.text(locale)


def test_a_window_is_an_hour_or_a_day_of_utc() -> None:
    late = NOON + timedelta(minutes=59, seconds=59.5)
    assert window("user_hour", 5, HOUR, NOON, whose="U1") == Window("user_hour:U1:492324", 5, 3600.0, "user_hour")
    assert window("user_hour", 5, HOUR, late, whose="U1") == Window("user_hour:U1:492324", 5, 0.5, "user_hour")
    assert window("tokens_day", 5, DAY, NOON).seconds == 12 * HOUR
    assert window("tokens_day", 5, DAY, NOON).name != window("tokens_day", 5, DAY, NOON + timedelta(hours=12)).name


def test_a_question_counts_for_its_asker_its_channel_and_its_workspace() -> None:
    quotas = Quotas(user_hour=1, user_day=2, channel_hour=3, channel_day=4, workspace_hour=5, workspace_day=6)
    threaded = question(channel="C1/17.4")
    limits = {each.limit: each for each in quotas.for_question(threaded, NOON)}
    assert {name: each.most for name, each in limits.items()} == {
        "user_hour": 1,
        "user_day": 2,
        "channel_hour": 3,
        "channel_day": 4,
        "workspace_hour": 5,
        "workspace_day": 6,
    }
    assert "slack:T1:U1" in limits["user_hour"].name
    assert "slack:T1:C1:" in limits["channel_day"].name
    assert "slack:T1:" in limits["workspace_day"].name
    nobody = Quotas(user_hour=1, channel_day=1).for_question(question(author=""), NOON)
    assert [each.limit for each in nobody] == ["channel_day"], "who has no name is nobody's share"
    assert Quotas().for_question(threaded, NOON) == Quotas().budgets(NOON) == ()


async def test_one_too_many_is_told_when_to_ask_again(clock: Clock) -> None:
    recorder = MemoryRecorder()
    asking = gate(clock, recorder=recorder, user_hour=2)
    for name in "12":
        await asking.admit(question(name), locale="en")
    await clock.wait(30.5 * 60)
    assert "2 questions in this hour" in await refusal(asking, question("3"))
    assert "in 30 min" in await refusal(asking, question("3"))
    assert "30분 뒤" in await refusal(asking, question("3"), "ko")
    assert recorder.value(LIMITED, limit="user_hour") == 3
    await asking.admit(question("4", author="U2"), locale="en")
    await clock.wait(30 * 60)
    await asking.admit(question("3"), locale="en")


async def test_of_two_full_windows_the_longer_one_is_told(clock: Clock) -> None:
    asking = gate(clock, channel_hour=1, channel_day=1)
    await asking.admit(question("1"), locale="en")
    assert "today" in await refusal(asking, question("2"))
    assert "in 12 h" in await refusal(asking, question("2"))


async def test_a_question_that_is_one_too_many_counts_nowhere(clock: Clock) -> None:
    tallies = MemoryTallies(clock=clock)
    asking = gate(clock, tallies, user_hour=1, workspace_hour=2)
    await asking.admit(question("1"), locale="en")
    for name in "234":
        await refusal(asking, question(name))
    await asking.admit(question("5", author="U2"), locale="en")
    assert "workspace" in await refusal(asking, question("6", author="U3"))


async def test_near_a_limit_people_are_told_how_much_is_used(clock: Clock) -> None:
    asking = gate(clock, user_day=10, workspace_day=1000)
    said = [await asking.admit(question(str(number)), locale="en") for number in range(1, 11)]
    assert said[:7] == [""] * 7
    assert said[7] == "(8 of your 10 questions today)"
    assert said[9] == "(10 of your 10 questions today)"


async def test_a_question_that_is_tried_again_counts_once(clock: Clock) -> None:
    asking = gate(clock, user_hour=2)
    item = Accepted("slack:T1:C1:17.4", "", {})
    for name in (named(item, again=0), named(item, again=1), f"{item.id}#2", f"{item.id}#2.1"):
        assert first_name(name) == item.id
        assert await asking.admit(question(name), locale="en") == ""
    await asking.admit(question("other"), locale="en")
    await asking.admit(question(item.id), locale="en")
    assert await refusal(asking, question("third"))


async def test_near_the_end_of_the_budget_people_are_told(clock: Clock) -> None:
    tallies = MemoryTallies(clock=clock)
    quotas = Quotas(tokens_day=1000, dollars_day=1)
    budget = Budget(tallies, quotas, clock=clock, recorder=MemoryRecorder())
    asking = gate(clock, tallies, tokens_day=1000, dollars_day=1)
    assert await asking.admit(question(), locale="en") == ""
    await budget.spend(tokens=850, dollars=0.5)
    assert await asking.admit(question(), locale="en") == "(85 % of today's budget for the language model is used)"
    assert "85 %" in await asking.admit(question(), locale="ko")
    await budget.spend(tokens=850, dollars=0.5)
    assert await asking.admit(question(), locale="en") == "", "then the answer itself says it"


async def test_a_warning_is_due_once_when_four_fifths_are_used_and_once_when_all_is(clock: Clock) -> None:
    recorder = MemoryRecorder()
    budget = Budget(MemoryTallies(clock=clock), Quotas(dollars_day=1), clock=clock, recorder=recorder)
    due: list[bool] = []
    for _ in range(12):
        await budget_check(budget, used_up=len(due) >= 10)
        due.append(await budget.spend(tokens=10**9, dollars=0.1))
    assert [number for number, each in enumerate(due, start=1) if each] == [8, 10]
    assert recorder.value(BUDGET_USED, budget="dollars_day") == pytest.approx(1.2)
    assert recorder.value(LIMITED, limit="dollars_day") == 2
    assert [each.limit for each in await budget.look()] == ["dollars_day"]
    await clock.wait(DAY)
    assert not await budget.look()
    await budget.check()
    assert recorder.value(BUDGET_USED, budget="dollars_day") == 0


async def budget_check(budget: Budget, *, used_up: bool) -> None:
    if not used_up:
        await budget.check()
        return
    with pytest.raises(Refused) as refused:
        await budget.check()
    assert refused.value.code == "limits.budget"


async def told(model: BudgetedModel) -> list[str | Usage]:
    return [part async for part in model.stream([Message("human", "x" * 375)])]


async def test_the_model_is_counted_and_then_not_asked(clock: Clock) -> None:
    tallies = MemoryTallies(clock=clock)
    budget = Budget(tallies, Quotas(tokens_day=4, dollars_day=100), clock=clock)
    scripted = ScriptedModel("one ", "two ", "three")
    model = BudgetedModel(scripted, budget, prices=Prices(1, 1))
    assert model.name == "scripted"
    assert (await told(model))[-1] == Usage(1, 3)
    with pytest.raises(Refused, match="budget"):
        await told(model)
    assert len(scripted.asked) == 1


async def test_an_answer_that_is_broken_off_is_counted_as_well_as_it_can_be(clock: Clock) -> None:
    tallies = MemoryTallies(clock=clock)
    quotas = Quotas(tokens_day=1000)
    budget = Budget(tallies, quotas, clock=clock)
    model = BudgetedModel(ScriptedModel("y" * 75, Unavailable("model.malformed")), budget, prices=None)
    with pytest.raises(Unavailable):
        await told(model)
    assert await tallies.used(quotas.budgets(NOON)) == [120]
    silent = BudgetedModel(ScriptedModel(Unavailable("model.busy")), budget, prices=None)
    with pytest.raises(Unavailable):
        await told(silent)
    assert await tallies.used(quotas.budgets(NOON)) == [120]


class Away(MemoryTallies):
    """Tallies that cannot be added to."""

    async def add(self, window: Window, amount: int) -> int:
        raise Unavailable("store.redis")


async def test_what_cannot_be_counted_is_answered_all_the_same(clock: Clock) -> None:
    budget = Budget(Away(clock=clock), Quotas(tokens_day=1000), clock=clock)
    assert (await told(BudgetedModel(ScriptedModel("one"), budget, prices=None)))[0] == "one"


def chat(core: Core, clock: Clock, *, model: ScriptedModel, **most: int) -> Chat:
    tallies = MemoryTallies(clock=clock)
    quotas = Quotas(**most)
    return Chat(
        retrieval=core.retrieval,
        evidence=Evidence(),
        shelves=core.store.shelves,
        history=core.store.history,
        answers=core.store.answers,
        claims=core.store.claims,
        model=BudgetedModel(model, Budget(tallies, quotas, clock=clock), prices=None),
        gate=Gate(tallies, quotas, clock=clock),
    )


async def test_an_answer_says_how_much_is_used_and_does_not_remember_saying_it(clock: Clock) -> None:
    core = await stocked()
    asking = chat(core, clock, model=ScriptedModel("You get 25 days [1]."), user_day=1)
    answer = await asking.ask(question("1"))
    assert answer.text == "You get 25 days [1].\n\n(1 of your 1 questions today)"
    turns = await core.store.history.recent(Session("slack", "T1", "C1"))
    assert turns[-1].text == "You get 25 days [1]."
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await asking.ask(question("2"))
        assert refused.value.code == "limits.user_day", "it is not answered, so it is no duplicate"


async def test_with_the_budget_used_up_answers_are_quotes_that_say_so(clock: Clock) -> None:
    core = await stocked()
    model = ScriptedModel("You get 25 days [1].")
    asking = chat(core, clock, model=model, tokens_day=1)
    answers: list[Answer] = [await asking.ask(question(str(number))) for number in range(3)]
    assert [answer.outcome for answer in answers] == ["answered", "quoted", "quoted"]
    assert answers[1].text.startswith("Today's budget for the language model is used up")
    assert "25 days" in answers[1].text
    assert answers[1].sources
    assert len(model.asked) == 1
