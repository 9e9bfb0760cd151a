"""What a question is about, word by word, and of what kind each word is."""

from core.question_words import ask, words


def _kinds(question: str) -> dict[str, str]:
    return {word.text: word.kind for word in words(question)}


def test_words_that_merely_ask_are_left_out_in_every_form() -> None:
    assert list(_kinds("정전은 무엇이었는가?")) == ["정전"]
    assert list(_kinds("누구에게 청원서를 제출했습니까?")) == ["청원서", "제출"]
    assert list(_kinds("무엇이었는가?")) == ["무엇이었"]


def test_names_things_verbs_and_sorts_are_told_apart() -> None:
    assert _kinds("푸르트가 NextGen 서비스를 2018년에 발표한 이유는 무엇입니까?") == {
        "푸르트": "name",
        "nextgen": "name",
        "서비스": "name",
        "2018": "name",
        "년에": "thing",
        "발표": "verb",
        "이유": "sort",
    }
    assert _kinds("When did Acme open version 2?") == {
        "acme": "thing",
        "open": "thing",
        "version": "thing",
        "2": "name",
    }


def test_a_word_that_says_what_sort_of_answer_is_wanted_counts_half() -> None:
    asked = ask("정전이 난 이유", counts={}, total=0)
    reason = [word.text for word in asked.words].index("이유")
    assert asked.rarities[reason] < min(rarity for place, rarity in enumerate(asked.rarities) if place != reason)
    assert asked.of("sort").sum() == 1


def test_a_noun_that_ends_like_a_verb_is_a_noun_where_a_particle_follows() -> None:
    assert _kinds("사고로 다친 사람") == {"사고": "thing", "다친": "thing", "사람": "sort"}
    assert _kinds("팀을 옮기고 나서") == {"팀을": "thing", "옮기고": "verb", "나서": "thing"}


def test_a_name_sounds_only_as_it_is_whole() -> None:
    (name,) = words("스프린트")
    assert name.sounds == {"sprnt"}


def test_a_question_for_an_amount_is_known() -> None:
    assert ask("한도가 얼마인가요?", counts={}, total=0).how_many
    assert not ask("누가 승인하나요?", counts={}, total=0).how_many


def test_nothing_is_about_nothing() -> None:
    assert words("?!") == ()
    assert words("what is it?") == ()
