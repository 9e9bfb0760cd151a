"""What the lexical indexes read of passages and questions."""

from core.backends.fields import QUESTION_TERMS, asked_terms, texts
from tests.entries import entry


def test_title_and_heading_are_one_field() -> None:
    assert texts(entry("a", "body", title="Title", heading="Heading")) == ("body", "Title Heading")


def test_words_that_merely_ask_are_not_searched_for() -> None:
    assert asked_terms("What is the vacation policy?") == asked_terms("vacation policy")


def test_words_that_merely_ask_are_searched_for_where_there_are_no_others() -> None:
    assert asked_terms("Who are you?")


def test_a_term_is_searched_for_once() -> None:
    assert len(asked_terms("toner toner toner")) == 1


def test_an_endless_question_is_cut() -> None:
    assert len(asked_terms(" ".join(map(str, range(50_000))))) <= QUESTION_TERMS
