"""Korean words from other languages are told from Korean ones."""

import pytest

from core.loanwords import borrowed


@pytest.mark.parametrize("word", ["스프린트", "서비스", "벤젠", "캔버스", "카리브"])
def test_a_word_of_foreign_syllables_is_borrowed(word: str) -> None:
    assert borrowed(word)


@pytest.mark.parametrize("word", ["휴가", "행정", "세금", "백색", "개발", "환급", "벤"])
def test_a_korean_word_or_a_single_syllable_is_not(word: str) -> None:
    assert not borrowed(word)
