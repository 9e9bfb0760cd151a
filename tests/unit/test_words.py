"""Lexical terms: what stands in a text and what is asked for meet, whatever the spelling."""

import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.words import content_terms, essence, language, normalise, subject, terms
from tests.corpus import shared_data


def test_decomposed_hangul_is_composed() -> None:
    assert normalise(unicodedata.normalize("NFD", "휴가")) == "휴가"


def test_a_lone_surrogate_becomes_a_character_that_can_be_encoded() -> None:
    assert normalise("a\udc00b").encode() == "a\ufffdb".encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How many days of leave?", "en"),
        ("연차는 며칠인가요?", "ko"),
        ("Kubernetes Ingress controller 설정을 바꾸는 방법", "ko"),
        ("The Korean word 안녕 means hello, as everybody in the team knows", "en"),
        ("Сколько дней отпуска", "other"),
        ("有給休暇は何日ですか", "other"),
        ("12345 !!", "other"),
        ("", "other"),
    ],
)
def test_the_language_is_told_by_the_letters(text: str, expected: str) -> None:
    assert language(text) == expected


def test_words_are_found_in_every_inflection() -> None:
    assert set(terms("Running")) == set(terms("runs"))


def test_accents_widths_and_case_do_not_count() -> None:
    assert terms("Ｃａｆé") == terms("cafe")


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        ("ERR_CONN_42", "err_conn_42", {"err", "conn", "42"}),
        ("v2.3.1", "v2.3.1", {"v2", "3", "1"}),
        ("user.name", "user.name", {"user", "name"}),
        ("src/config.toml", "src/config.toml", {"src", "config", "toml"}),
    ],
)
def test_an_identifier_stands_whole_and_split(text: str, whole: str, parts: set[str]) -> None:
    assert {whole} | parts <= set(terms(f"See {text}."))


def test_the_humps_of_a_camel_are_words() -> None:
    assert {"get", "user", "name"} <= set(terms("getUserName"))


def test_hangul_is_cut_to_bigrams_and_a_single_syllable_stays() -> None:
    assert terms("휴가신청 꼭") == ["휴가", "가신", "신청", "꼭"]


def test_other_scripts_have_terms_too() -> None:
    assert terms("東京都 Привет") == ["東京", "京都", "привет"]


def test_a_word_without_end_is_cut() -> None:
    assert max(map(len, terms("a" * 1000 + " " + "a" * 500 + "." + "b" * 500))) == 64


def test_asking_is_not_content() -> None:
    assert content_terms("What is the annual leave?") == content_terms("annual leave")
    assert content_terms("연차 휴가는 며칠인가요?") == ["연차", "휴가", "며칠"]
    assert content_terms("Slack에서 알림을 어떻게 끄나요") == ["slack", "알림", "끄나", "나요"]


def test_a_question_without_content_has_no_content_terms() -> None:
    assert content_terms("What is it?") == []


def test_words_that_only_contain_a_question_word_are_kept() -> None:
    assert content_terms("왜곡 인가") == ["왜곡", "인가"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("According to the document, who pays?", "who pays?"),
        ("문서에 따르면 누가 내나요?", "누가 내나요?"),
        ("Which of the following is paid?", "is paid?"),
        ("According to the passage,", "According to the passage,"),
    ],
)
def test_the_frame_of_a_question_is_left_out(text: str, expected: str) -> None:
    assert subject(text) == expected


def test_the_essence_of_a_question_is_what_it_is_about() -> None:
    assert essence("How do I restart the to-do server?") == "restart to-do server"
    assert essence("보증금은 언제 돌려주나요?") == "보증금 돌려주"
    assert essence("What is it?") == "What is it?"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_has_terms_that_can_be_encoded(text: str) -> None:
    for term in terms(text):
        assert 0 < len(term.encode()) <= 256
    assert language(text) in ("ko", "en", "other")
    assert essence(text).encode() is not None


@pytest.mark.corpus
def test_naughty_strings_have_terms() -> None:
    for text in json.loads(shared_data("naughty_strings.json").read_text(encoding="utf-8")):
        assert isinstance(terms(text), list)


def test_threads_stem_alike() -> None:
    words = [f"running{number} connections settings" for number in range(400)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(terms, words)) == [terms(word) for word in words]
