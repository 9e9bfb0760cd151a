"""Korean words are found whatever their endings are."""

import pytest

from core.stems import letters, partly_held, stem


def _held(word: str, text: str) -> float:
    return partly_held(word, text, letters(text))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("얻었", "명성을 얻어 유명해졌다"),
        ("일으켰", "지진이 화재를 일으키기 시작했다"),
        ("어려울", "발음하기 어려운 주소"),
        ("받으려면", "전화를 받습니다"),
        ("전사들", "체포된 전사"),
    ],
)
def test_a_verb_or_noun_is_found_with_another_ending(word: str, text: str) -> None:
    assert _held(word, text) == 0.9


def test_a_stem_counts_less_inside_a_word_than_at_its_start() -> None:
    assert 0 < _held("사용자들", "새로운사용자") < _held("사용자들", "새로운 사용자")


def test_a_part_of_a_compound_counts_by_its_share() -> None:
    assert _held("스키여행", "스키를 탄다") == pytest.approx(0.4)
    assert _held("겨울스키", "추운 스키장") == pytest.approx(0.3)


def test_what_stands_nowhere_is_not_held() -> None:
    for word in ("추락", "매개체", "국립공원"):
        assert _held(word, "다른 이야기를 합니다") == 0.0


def test_short_stems_keep_their_endings() -> None:
    assert stem("가다") == letters("가다")[1:]
    assert letters("A-나.") == f" A {letters('나')[1:]} "
