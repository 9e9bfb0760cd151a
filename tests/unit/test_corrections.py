"""Whether whoever read an answer is misled by it now."""

import pytest

from core.answers import Answered, Citation
from core.corrections import SHOWN, lost, misled, nearest, numbers, plain, same, shown
from core.types import Answer, Audience, Outcome, Session, Source, now

LEAVE = "Full-time employees get 25 days of annual leave a year."
MORE = "Full-time employees get 30 days of annual leave a year."
OTHER = "The office in Busan opens at nine."


def old(
    answer: str, *, outcome: Outcome = "answered", text: str = "How many days of annual leave do I get?"
) -> Answered:
    session = Session("slack", "T1", "C1")
    return Answered("q", session, text, outcome, Audience(), now(), answer=answer)


def new(text: str, *excerpts: str, outcome: Outcome = "answered") -> Answer:
    sources = tuple(Source(number, f"d{number}", "Title", excerpt) for number, excerpt in enumerate(excerpts, 1))
    return Answer("q", text, outcome, sources=sources)


def cited(*excerpts: str) -> list[Citation]:
    return [Citation("d1", 1, number, excerpt) for number, excerpt in enumerate(excerpts)]


def quote(*lines: str) -> str:
    listed = "\n\n".join(f"> {line} [{number}]" for number, line in enumerate(lines, 1))
    return f"From your documents, word for word:\n\n{listed}"


def test_only_the_sentences_that_a_document_no_longer_holds_are_lost() -> None:
    text = plain(f"Intro.\n\n{MORE}\n  The OFFICE in Busan\nopens at nine.")
    assert lost(cited(f"{LEAVE} {OTHER}"), text) == (LEAVE,)
    assert lost(cited(OTHER), text) == ()
    assert lost(cited(LEAVE, LEAVE), text) == (LEAVE,)
    assert lost([], text) == ()


def test_marks_of_lists_and_headings_do_not_matter() -> None:
    assert lost(cited(f"# Leave\n\n- {LEAVE}\n- {OTHER}"), plain(f"Leave\n\n1. {LEAVE}\n\n* {OTHER}")) == ()


class TestAQuote:
    def test_misleads_when_the_quoted_sentence_says_something_else_by_now(self) -> None:
        answer = old(quote(LEAVE), outcome="quoted")
        assert misled(answer, [LEAVE], new(quote(MORE), MORE, outcome="quoted")) == (LEAVE,)

    def test_does_not_mislead_when_another_sentence_of_the_passage_changed(self) -> None:
        answer = old(quote(LEAVE), outcome="quoted")
        assert misled(answer, [OTHER], new(quote(LEAVE), LEAVE, outcome="quoted")) == ()

    def test_does_not_mislead_when_the_sentence_stands_elsewhere(self) -> None:
        answer = old(quote(f"- {LEAVE}"), outcome="quoted")
        assert misled(answer, [LEAVE], new(quote(OTHER), f"Rules. {LEAVE}", outcome="quoted")) == ()

    def test_misleads_when_nothing_is_found_any_more(self) -> None:
        answer = old(quote(LEAVE), outcome="quoted")
        assert misled(answer, [LEAVE], new("Not in your documents.", outcome="not_found")) == (LEAVE,)
        assert misled(answer, [OTHER], new("Not in your documents.", outcome="not_found")) == ()


class TestAWrittenAnswer:
    def test_misleads_when_its_number_changed(self) -> None:
        answer = old("You get 25 days of annual leave [1].")
        assert misled(answer, [LEAVE], new("You get 30 days of annual leave [1].", MORE)) == (LEAVE,)

    def test_does_not_mislead_when_the_new_one_says_the_same(self) -> None:
        answer = old("You get 25 days of annual leave [1].")
        reworded = "A year brings 25 days of leave to everybody who works full-time."
        assert misled(answer, [LEAVE], new("You get 25 days of annual leave [2].", reworded)) == ()

    def test_does_not_mislead_when_the_source_was_reworded_a_little(self) -> None:
        answer = old("You get 25 days of annual leave [1].")
        reworded = "Full-time employees get 25 days of annual leave each year."
        assert misled(answer, [LEAVE], new("It is 25 days [1].", reworded)) == ()

    def test_does_not_mislead_when_what_changed_is_not_what_it_says(self) -> None:
        answer = old("You get 25 days of annual leave [1].")
        assert misled(answer, [OTHER], new("It is different now.", MORE)) == ()

    def test_in_another_language_it_rests_on_everything_that_it_cites(self) -> None:
        answer = old("연차 휴가는 이십오 일이에요 [1].", text="휴가는 며칠이에요?")
        assert misled(answer, [LEAVE], new("연차 휴가는 삼십 일이에요 [1].", MORE)) == (LEAVE,)

    def test_of_a_person_misleads_when_it_is_somebody_else(self) -> None:
        before = "Questions about annual leave go to Anna Kim in the people team by mail."
        after = "Questions about annual leave go to Ben Lee in the people team by mail."
        answer = old("Ask Anna Kim about annual leave [1].", text="Whom do I ask about annual leave?")
        assert misled(answer, [before], new("Ask Ben Lee about annual leave [1].", after)) == (before,)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (LEAVE, LEAVE.upper(), True),
        (LEAVE, MORE, False),
        ("Visitors may enter the server room.", "Visitors may not enter the server room.", False),
        ("방문자는 서버실에 들어갈 수 있어요.", "방문자는 서버실에 들어갈 수 없어요.", False),
        ("Remote work needs the consent of a manager.", "Remote work needs consent of the manager.", True),
        ("Send it to Anna.", "Send it to Ben.", False),
        ("The limit is 1,000 won.", "The limit is 1000 won.", True),
        ("It costs 3.5 percent.", "It costs 35 percent.", False),
        ("", "", True),
        ("...", "!!!", False),
    ],
)
def test_sentences_say_the_same_with_the_same_numbers_names_and_denials(*, one: str, other: str, alike: bool) -> None:
    assert same(one, other) == same(other, one) == alike


def test_numbers_are_told_apart_from_citations() -> None:
    assert numbers("1,000 won, 3.5 %, at 9:30 [2] and 25일") == {"1000", "3.5", "9:30", "25"}


def test_the_new_excerpt_is_what_the_document_says_instead() -> None:
    answer = new("30 days", f"Nothing here. {OTHER}", f"Something else. {MORE}")
    assert nearest(LEAVE, answer, "d2") == MORE
    assert nearest(LEAVE, answer, "d1") != MORE
    assert nearest(LEAVE, answer, "unknown") == MORE
    assert nearest(LEAVE, new("none"), "d1") == ""


def test_a_long_excerpt_is_cut() -> None:
    assert shown("short") == "short"
    assert len(shown("word " * 500)) <= SHOWN
    assert shown("word " * 500).endswith("…")
