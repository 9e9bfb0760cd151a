"""Profiles: small, the same again when they were kept, and as telling as the words themselves."""

import pytest

from core.profile import Asked, Profile, held, rules, terms_of
from core.sounds import sounds
from core.words import terms

TEXTS = ("서버를 다시 시작합니다. Restart the server.", "12345", "", "The running bots\ud800 of ERR_CONN_42")


@pytest.mark.parametrize("text", TEXTS)
def test_a_profile_is_the_same_after_it_was_kept(text: str) -> None:
    assert Profile.unpacked(Profile.of(text).packed) == Profile.of(text)


def test_a_profile_knows_the_language() -> None:
    assert [Profile.of(text).language for text in TEXTS] == ["ko", "other", "other", "en"]


def test_a_profile_takes_four_bytes_for_each_different_word_and_sound() -> None:
    text = "Restart the server, then restart the other server."
    profile = Profile.of(text)
    assert len(profile.terms) == 4 * len(set(terms(text)))
    assert len(profile.sounds) == 4 * len(frozenset().union(*sounds(text)))


def test_a_text_holds_the_words_that_stand_in_it_and_no_others() -> None:
    texts = [terms_of(text) for text in ("the server restarts", "", "a bot and a server")]
    inside = held(Asked("server bot printer").marks, texts)
    assert inside.sum(axis=1).tolist() == [1, 0, 2]
    assert held(Asked("server").marks, texts).tolist() == [[True], [False], [True]]


def test_a_question_knows_in_which_ways_each_of_its_words_may_sound() -> None:
    asked = Asked("쿠버네티스 Kubernetes")
    korean, english = asked.may_sound.T
    assert len(asked.sounds) == len(frozenset().union(*sounds(asked.text)))
    assert (korean & english).sum() == 1
    assert (korean | english).all()


def test_nothing_asked_and_nothing_there_is_nothing_held() -> None:
    assert held(Asked("server").marks, []).shape == (0, 1)
    assert held(Asked("").marks, [terms_of("server")]).shape == (1, 0)


def test_the_rules_have_a_name_that_stays() -> None:
    assert rules() == rules() > 0
