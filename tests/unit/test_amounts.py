"""Questions that ask for an amount, and sentences that tell one."""

import pytest

from core.amounts import asks_how_many, tells_a_number


@pytest.mark.parametrize(
    "question", ["휴가는 며칠이고 몇 번 쓰나요?", "한도가 얼마인가요?", "How long is it?", "how many?"]
)
def test_an_amount_is_asked_for(question: str) -> None:
    assert asks_how_many(question)


@pytest.mark.parametrize("question", ["누가 승인하나요?", "How do I sign in?", "Show many pages"])
def test_something_else_is_asked_for(question: str) -> None:
    assert not asks_how_many(question)


@pytest.mark.parametrize("text", ["한도는 50만 원", "문은 두 개", "이십 년", "It takes five days.", "Once a week"])
def test_a_number_is_told_in_digits_or_in_words(text: str) -> None:
    assert tells_a_number(text)


@pytest.mark.parametrize("text", ["동네 사람이 세운 학교", "Someone tends the oven.", "승인이 필요합니다."])
def test_letters_of_other_words_are_no_number(text: str) -> None:
    assert not tells_a_number(text)
