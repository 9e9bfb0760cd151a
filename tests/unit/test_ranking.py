"""Ranking: each clue lifts a passage, languages share the places, and a source is one stretch of its document."""

from dataclasses import replace

import pytest

from core.places import CONTEXT, Placed, merged, other_places, placed, reach
from core.profile import Asked, Profile, terms_of
from core.ranking import DEPTH, OTHER_LANGUAGE, SAME_LANGUAGE, Candidate, Ranked, distinction, ranked
from core.sounds import sounds
from core.types import PUBLIC, Document, Passage, PassageKey


def passage(text: str, *, document: str = "d", ordinal: int = 0, start: int = 0, heading: str = "") -> Passage:
    return Passage(document, 1, ordinal, text, heading=heading, start=start, end=start + len(text))


def candidate(
    text: str,
    *,
    document: str = "d",
    ordinal: int = 0,
    title: str = "",
    dense: float | None = None,
    lexical: float | None = None,
) -> Candidate:
    found = passage(text, document=document, ordinal=ordinal)
    return Candidate(
        found.key,
        found,
        Document(document, title, "api:x", PUBLIC, passage_count=10),
        Profile.of(text),
        terms_of(title),
        dense,
        lexical,
    )


def order(found: list[Ranked]) -> list[str]:
    return [one.candidate.passage.text for one in found]


def rank(question: str, *candidates: Candidate) -> list[str]:
    asked = Asked(question)
    return order(ranked(asked, candidates, SAME_LANGUAGE[asked.language]))


def test_nothing_found_is_nothing_ranked() -> None:
    assert rank("Leave?") == []


def test_what_both_arms_found_comes_before_what_one_found() -> None:
    both = candidate("x", document="both", dense=0.8, lexical=8)
    meaning = candidate("y", document="meaning", dense=0.9)
    words = candidate("z", document="words", lexical=9)
    last = candidate("w", document="last", dense=0.1, lexical=1)
    assert rank("q", last, words, meaning, both)[0] == "x"


def test_more_of_the_words_asked_for_lifts_a_passage() -> None:
    one, two = candidate("annual leave", document="a", lexical=5), candidate("annual report", document="b", lexical=5)
    assert rank("How much annual leave?", two, one) == ["annual leave", "annual report"]


def test_the_title_counts_as_said() -> None:
    one = candidate("25 days.", document="a", title="Annual leave", dense=0.5)
    two = candidate("30 days.", document="b", title="Notice period", dense=0.5)
    assert rank("How much annual leave?", two, one) == ["25 days.", "30 days."]


def test_a_good_neighbour_lifts_a_passage() -> None:
    good = candidate("good", document="a", ordinal=4, dense=0.9, lexical=9)
    beside = candidate("beside", document="a", ordinal=5, dense=0.5)
    alone = candidate("alone", document="b", ordinal=5, dense=0.5)
    assert rank("q", alone, beside, good) == ["good", "beside", "alone"]


def test_equal_passages_keep_one_order() -> None:
    found = [candidate("x", document=name, dense=0.5) for name in "cab"]
    assert [one.candidate.document.id for one in ranked(Asked("q"), found, SAME_LANGUAGE["en"])] == ["a", "b", "c"]


def test_scores_lie_between_nothing_and_one() -> None:
    found = [candidate("leave", ordinal=place, title="leave", dense=place / 9, lexical=place) for place in range(10)]
    assert all(0 <= one.score <= 1 for one in ranked(Asked("leave"), found, SAME_LANGUAGE["en"]))


def test_the_last_hit_of_a_full_arm_is_worth_nothing() -> None:
    found = [candidate("x", document=f"{place:02}", lexical=10 + place) for place in range(DEPTH)]
    assert ranked(Asked("q"), found, SAME_LANGUAGE["en"])[-1].score == 0
    assert ranked(Asked("q"), found[1:], SAME_LANGUAGE["en"])[-1].score > 0


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("쿠버네티스", "Kubernetes"),
        ("데이터베이스를", "database"),
        ("마이크로소프트에서", "Microsoft"),
        ("컨테이너", "container"),
        ("아프가니스탄", "Afghanistan"),
        ("네트워크가", "network"),
    ],
)
def test_loanwords_sound_alike_in_both_scripts(korean: str, english: str) -> None:
    (one,), (two,) = sounds(korean), sounds(english)
    assert one & two


def test_words_that_do_not_sound_alike_share_nothing() -> None:
    assert not sounds("프로그램")[0] & sounds("container")[0]
    assert sounds("가 the of") == []


def test_a_name_lifts_a_passage_in_the_other_language() -> None:
    one = candidate("Kubernetes restarts them.", document="a", dense=0.5)
    two = candidate("Somebody restarts them.", document="b", dense=0.5)
    found = ranked(Asked("쿠버네티스는 무엇을 하나요?"), [two, one], OTHER_LANGUAGE)
    assert order(found) == ["Kubernetes restarts them.", "Somebody restarts them."]


def test_a_question_that_sounds_like_nothing_is_ranked_without_sounds() -> None:
    one, two = candidate("12 servers", document="a", dense=0.5), candidate("13 servers", document="b", dense=0.4)
    assert order(ranked(Asked("12"), [two, one], OTHER_LANGUAGE)) == ["12 servers", "13 servers"]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([], 0.0), ([-1.0], 0.0), ([0.5], 0.0), ([0.5] * 10, 0.0), ([1.0, *[0.5] * 20], 0.5), ([0.5, -0.5], 1.0)],
)
def test_an_answer_stands_out(scores: list[float], expected: float) -> None:
    assert distinction(scores) == expected


def results(*texts: str, document: str = "d", count: int = 10, step: int = 1) -> list[Ranked]:
    found = []
    for place, text in enumerate(texts):
        one = candidate(text, document=document, ordinal=place * step)
        long = one._replace(document=replace(one.document, passage_count=count))
        found.append(Ranked(long, 1 - place / 10, coverage=0.0))
    return found


def document_of(*texts: str, headings: str = "") -> dict[PassageKey, Passage]:
    held, start = {}, 0
    for ordinal, text in enumerate(texts):
        one = passage(text, ordinal=ordinal, start=start, heading=headings[ordinal] if headings else "")
        held[one.key], start = one, start + len(text)
    return held


def hit(held: dict[PassageKey, Passage], ordinal: int, score: float = 1.0) -> Ranked:
    found = held[PassageKey("d", 1, ordinal)]
    text = found.text
    document = Document("d", "", "api:x", PUBLIC, passage_count=len(held))
    return Ranked(Candidate(found.key, found, document, Profile.of(text), b""), score, 0.0)


def test_neighbours_are_joined_into_one_verbatim_stretch() -> None:
    held = document_of("One. ", "Two. ", "Three.\n\n")
    (place,) = placed([hit(held, 1)], held, limit=5)
    assert place.passage == replace(held[PassageKey("d", 1, 1)], text="One. Two. Three.", start=0, end=16)


def test_a_stretch_stays_within_the_context() -> None:
    held = document_of(*[f"{ordinal}" * 400 for ordinal in range(5)])
    (place,) = placed([hit(held, 2)], held, limit=1)
    assert CONTEXT - 400 < len(place.passage.text) <= CONTEXT


def test_the_better_neighbour_is_joined_first() -> None:
    held = document_of(*[f"{ordinal}" * 400 for ordinal in range(5)])
    (place, *_) = placed([hit(held, 2), hit(held, 3, 0.9)], held, limit=5)
    assert place.passage.text == "2" * 400 + "3" * 400


def test_only_what_follows_on_under_the_same_heading_is_joined() -> None:
    held = document_of("One. ", "Two. ", "Three. ", headings="ABB")
    gap = {key: replace(one, start=one.start + 5) if one.ordinal == 2 else one for key, one in held.items()}
    (place,) = placed([hit(gap, 1)], gap, limit=1)
    assert place.passage.text == "Two."


def test_a_passage_that_was_joined_takes_no_place_of_its_own() -> None:
    held = document_of(*[f"{ordinal}" * 300 for ordinal in range(9)])
    places = placed([hit(held, 4), hit(held, 5, 0.9), hit(held, 8, 0.8)], held, limit=5)
    assert [place.ranked.candidate.passage.ordinal for place in places] == [4, 8]


def test_the_same_text_takes_one_place() -> None:
    found = [*results("Same text.", document="a"), *results("Same  text.", document="b")]
    assert [place.ranked.candidate.document.id for place in placed(found, {}, limit=5)] == ["a"]


def test_a_short_document_takes_one_place_and_a_long_one_several() -> None:
    assert len(placed(results("a", "b", "c", count=3, step=2), {}, limit=5)) == 1
    assert len(placed(results("a", "b", "c", count=30, step=2), {}, limit=5)) == 3


def test_a_document_with_a_place_gives_way_to_one_that_is_nearly_as_good() -> None:
    long = [one._replace(score=score) for one, score in zip(results("a", "b", step=2), (0.9, 0.8), strict=True)]
    other = [one._replace(score=0.78) for one in results("c", document="e")]
    assert [place.passage.text for place in placed([*long, *other], {}, limit=3)] == ["a", "c", "b"]


def test_the_places_of_one_document_keep_their_order() -> None:
    close = [one._replace(score=score) for one, score in zip(results(*"abc", step=2), (0.9, 0.89, 0.88), strict=True)]
    assert [place.passage.text for place in placed(close, {}, limit=3)] == ["a", "b", "c"]


def test_no_more_places_than_asked_for() -> None:
    assert len(placed(results(*"abcdefgh", step=2), {}, limit=3)) == 3


def test_neighbours_within_reach_are_named_once_they_can_exist() -> None:
    assert {key.ordinal for key in reach(results("a"))} == {0, 1, 2}
    assert {key.ordinal for key in reach(results(*"abcd", count=4))} == {0, 1, 2, 3}


def best(score: float, *, coverage: float = 0.0) -> list[Ranked]:
    return [one._replace(score=score, coverage=coverage) for one in results("a")]


def test_the_other_language_gets_more_places_the_less_the_own_one_knows() -> None:
    assert other_places(best(0.8, coverage=0.9), best(0.6), stands_out=-0.1) == 0
    assert other_places(best(0.6, coverage=0.6), best(0.6), stands_out=-0.1) == 1
    assert other_places(best(0.6, coverage=0.3), best(0.6), stands_out=0.05) == 2
    assert other_places(best(0.6, coverage=0.1), best(0.6), stands_out=0.5) == 4


def test_the_better_a_language_answers_the_more_places_it_gets() -> None:
    assert other_places(best(0.9), best(0.3), stands_out=0) == 1
    assert other_places(best(0.5), best(0.3), stands_out=0) == 2
    assert other_places(best(0.3), best(0.9), stands_out=0) == 4


def test_a_language_without_passages_leaves_its_places_to_the_other() -> None:
    assert other_places([], best(0.6), stands_out=0.5) == 4
    assert other_places(best(0.8, coverage=0.9), [], stands_out=-0.5) == 0


def test_where_the_arms_disagree_meaning_decides_in_english_and_not_in_korean() -> None:
    meant, worded = candidate("meant", document="b", dense=0.9), candidate("worded", document="a", lexical=9)
    found = [worded, meant, candidate("neither", document="c", dense=0.1)]
    assert order(ranked(Asked("q"), found, SAME_LANGUAGE["en"]))[0] == "meant"
    assert order(ranked(Asked("q"), found, SAME_LANGUAGE["ko"]))[0] == "worded"


def spots(text: str) -> list[Placed]:
    return [Placed(one, one.candidate.passage, one.score) for one in results(*text)]


@pytest.mark.parametrize(
    ("others", "limit", "expected"),
    [
        (0, 5, "abcde"),
        (1, 5, "abcdx"),
        (2, 5, "abxcy"),
        (4, 5, "xyazw"),
        (1, 3, "abc"),
        (4, 1, "x"),
        (1, 10, "abcdxeyzwv"),
        (2, 0, ""),
    ],
)
def test_both_languages_share_the_places(others: int, limit: int, expected: str) -> None:
    found = merged(spots("abcde"), spots("xyzwv"), others=others, limit=limit)
    assert "".join(place.passage.text for place in found) == expected


def test_where_one_language_ends_the_other_goes_on() -> None:
    assert len(merged(spots("ab"), spots("xyz"), others=1, limit=5)) == 5
    assert len(merged([], spots("xyz"), others=1, limit=5)) == 3
