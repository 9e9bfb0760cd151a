"""What is asked is understood through what was said before."""

import pytest

from core.followup import Sense, in_context, leans, senses
from core.types import Turn


@pytest.mark.parametrize(
    "question",
    [
        "and for interns?",
        "What about Korea?",
        "why?",
        "How long does it take?",
        "그럼 인턴은요?",
        "그건 언제부터야?",
        "인턴은?",
    ],
)
def test_a_question_that_leans_on_the_last_one_is_noticed(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many days of annual leave do full-time employees in Seoul get?",
        "서울 사무소 정규직 직원의 연차 휴가 일수는 며칠입니까",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert not leans(question)


def test_without_a_past_there_is_no_context() -> None:
    assert in_context("and for interns?", ()) is None
    assert in_context("and for interns?", (Turn("ai", "Hello"),)) is None


def test_the_question_is_joined_with_the_last_one_that_stands_alone() -> None:
    history = (
        Turn("human", "What is the deadline for expense reports in the Berlin office?"),
        Turn("ai", "The 5th [1]."),
        Turn("human", "How many days of annual leave do full-time employees get?"),
        Turn("ai", "25 [1]."),
        Turn("human", "and for interns?"),
        Turn("ai", "10 [1]."),
    )
    assert in_context("and in Korea?", history) == (
        "How many days of annual leave do full-time employees get? and for interns? and in Korea?"
    )


def test_a_short_question_is_understood_with_the_last_one_first_and_alone_next() -> None:
    history = (Turn("human", "How many days of annual leave do full-time employees get?"), Turn("ai", "25 [1]."))
    together, alone = senses("for interns?", history)
    assert together.text.endswith("get? for interns?")
    assert together.new == "for interns?"
    assert alone == Sense("for interns?")
    assert senses("and for interns?", history)[0].new == "", "it says itself that it goes on"


def test_a_whole_question_is_understood_alone_first() -> None:
    history = (Turn("human", "How many days of annual leave do full-time employees get?"), Turn("ai", "25 [1]."))
    asked = "When does the office in Busan open in the morning on weekdays?"
    assert [sense.new for sense in senses(asked, history)] == ["", asked]
