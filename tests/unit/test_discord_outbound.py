"""An answer as Discord shows it: whole, short enough, with sources and buttons, and calling nobody."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.components import component_id, question_in, read_id
from adapters.discord.inbound import Asked
from adapters.discord.outbound import LIMIT, Button, Post, addressed, growing, linked, posts, said
from adapters.splitting import utf16
from core.types import Answer, Source

AT = datetime(2026, 11, 22, tzinfo=UTC)
ASKED = Asked("discord:900:1:5", "mention", "900", "1", "700", "how many days?", AT)
COMMAND = replace(ASKED, way="command")
PRIVATE = replace(ASKED, way="private")
SOURCE = Source(1, "d", "Handbook", "excerpt", url="https://example.com/h?a=1", page=3, read_at=AT - timedelta(days=4))


def answer(text: str = "Fifteen days [1].", *sources: Source) -> Answer:
    return Answer("q", text, "answered", sources=sources or (SOURCE,))


def written(text: str = "Fifteen days [1].", *sources: Source, asked: Asked = ASKED, locale: str = "en") -> str:
    return "\n".join(post.text for post in posts(answer(text, *sources), asked, locale=locale, at=AT))


def kinds(post: Post) -> list[str]:
    return [read_id(button.id)[0] for button in post.buttons]


def test_an_answer_has_sources_and_buttons() -> None:
    (post,) = posts(answer(), ASKED, locale="en", at=AT)
    assert post.text == "Fifteen days [1].\n\n-# [1] [Handbook](<https://example.com/h?a=1>) · p. 3 · read 4 d ago"
    assert [read_id(button.id) for button in post.buttons] == [("good", ASKED.id), ("bad", ASKED.id)]
    assert [button.label for button in post.buttons] == ["Helpful", "Not helpful"]


def test_fixed_words_are_in_the_language_of_the_answer() -> None:
    (post,) = posts(answer(), ASKED, locale="ko", at=AT)
    assert post.text.endswith("3쪽 · 4일 전 읽음")
    assert post.buttons[0].label == "도움이 됐어요"
    today = replace(SOURCE, read_at=AT, page=None)
    assert written("x", today, locale="ko").endswith("[Handbook](<https://example.com/h?a=1>) · 오늘 읽음")


@pytest.mark.parametrize("outcome", ["not_found", "failed"])
def test_only_an_answer_can_be_judged(outcome: str) -> None:
    (post,) = posts(Answer("q", "No.", outcome), ASKED, locale="en", at=AT)  # type: ignore[arg-type]
    assert post == Post("No.")
    assert posts(Answer("q", "", "failed"), ASKED, locale="en", at=AT) == [Post("…")]


def test_where_the_question_stands_nowhere_it_is_shown() -> None:
    (post,) = posts(answer(), COMMAND, locale="en", at=AT, note="A note.")
    assert post.text.startswith("> how many days?\nFifteen days [1].\n\n-# [1]")
    assert post.text.endswith("\n\nA note.")
    assert kinds(post) == ["good", "bad"]
    assert not written(asked=replace(COMMAND, text="")).startswith(">")


def test_a_private_answer_can_be_shared() -> None:
    (post,) = posts(answer(), PRIVATE, locale="en", at=AT)
    assert kinds(post) == ["share"]
    assert question_in(post.text) == PRIVATE.text
    long = posts(answer("word " * 900), PRIVATE, locale="en", at=AT)
    assert [kinds(post) for post in long] == [["share"], *[[]] * (len(long) - 1)]
    assert question_in(long[0].text) == PRIVATE.text


@pytest.mark.parametrize("fields", [{"outside": True}, {"guild": "@me"}, {"text": "x" * 701}, {"text": ""}])
def test_what_cannot_be_shared_has_no_button_for_it(fields: dict[str, str]) -> None:
    (post,) = posts(answer(), replace(PRIVATE, **fields), locale="en", at=AT)  # type: ignore[arg-type]
    assert post.buttons == ()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, "Handbook"),
        ("javascript:alert(1)", "Handbook"),
        ("file:///etc/passwd", "Handbook"),
        ("https://example.com/" + "x" * 1000, "Handbook"),
        ("https://e.x/a_(b) c<d>\\\n", "[Handbook](<https://e.x/a_%28b%29%20c%3Cd%3E%5C>)"),
    ],
)
def test_only_pages_are_linked(url: str | None, shown: str) -> None:
    assert linked("Handbook", url) == shown


def test_a_title_cannot_mention_link_or_break_the_line() -> None:
    title = "<@1> @here [x](https://evil.example) \n # *a* `b` " + "y" * 300
    line = written("x", replace(SOURCE, title=title, url=None)).split("\n")[-1]
    assert "<@1>" not in line
    assert "@here" not in line
    assert "](http" not in line
    assert len(line) < 300
    assert linked("[draft] a", "https://e.x") == "[\\(draft\\) a](<https://e.x>)"
    assert linked("https://e.x/page", "https://e.x/page") == "<https://e.x/page>"
    assert linked(" ", "https://e.x") == "[?](<https://e.x>)"
    assert linked(" ", None) == "?"


def test_many_sources_fit() -> None:
    many = [replace(SOURCE, number=number, title="t" * 500, url="https://e.x/" + "u" * 900) for number in range(1, 51)]
    made = posts(answer("x", *many), ASKED, locale="en", at=AT)
    assert all(utf16(post.text) <= LIMIT for post in made)
    whole = "\n".join(post.text for post in made)
    assert all(f"-# [{number}] [" in whole for number in range(1, 21))
    assert "and 30 more" in whole
    assert [kinds(post) for post in made] == [*[[]] * (len(made) - 1), ["good", "bad"]]


@pytest.mark.parametrize("character", ["a", "가", "🙂"])
@pytest.mark.parametrize("length", [1999, 2000, 2001])
def test_a_message_is_never_too_long_for_discord(character: str, length: int) -> None:
    count, spare = divmod(length, utf16(character))
    text = character * count + "." * spare
    made = said(text)
    assert len(made) == (1 if length <= LIMIT else 2)
    assert "".join(post.text for post in made) == text
    assert all(utf16(post.text) <= LIMIT for post in made)
    assert [post.text for post in made] == growing(text, ASKED)


CODE = "```python\n" + "\n".join(f"line_{number} = '글자'" for number in range(90)) + "\n```"
ROWS = "| a | b |\n| --- | --- |\n" + "\n".join(f"| {row} | 글자 {row} |" for row in range(90))


@given(
    st.lists(
        st.sampled_from(["# Head", "word " * 90, CODE, ROWS, "- item", "", "글자 " * 200, "🙂" * 700, "@everyone"]),
        max_size=6,
    ),
    st.sampled_from([ASKED, COMMAND, PRIVATE]),
)
def test_messages_are_short_whole_and_harmless(parts: list[str], asked: Asked) -> None:
    text = "\n\n".join(parts)
    made = posts(answer(text), asked, locale="en", at=AT)
    for post in made:
        assert 0 < utf16(post.text) <= LIMIT
        assert post.text.strip()
        assert post.text.count("```") % 2 == 0
        assert "@everyone" not in post.text
        post.text.encode()
    whole = "\n".join(post.text for post in made)
    assert re.findall(r"line_\d+", whole) == re.findall(r"line_\d+", text)
    assert whole.count("🙂") == text.count("🙂")
    assert growing(text, asked)[:1] in ([], [made[0].text]) or len(growing(text, asked)) == 1


def test_an_answer_that_grows_shows_nothing_before_its_first_word() -> None:
    assert growing("", COMMAND) == []
    assert growing("\n", COMMAND) == []
    assert growing("Fif", COMMAND) == ["> how many days?\nFif"]
    assert growing("```python\nx", ASKED) == ["```python\nx\n```"]


def test_a_late_answer_says_who_asked() -> None:
    made = posts(answer(), COMMAND, locale="en", at=AT)
    (post,) = addressed(made, COMMAND, locale="en")
    assert post.text == f"-# <@700> asked:\n{made[0].text}"
    assert post.buttons == made[0].buttons
    full = [Post("x" * LIMIT)]
    assert addressed(full, COMMAND, locale="ko") == [Post("-# <@700>님의 질문:"), *full]


def test_the_inbox_gives_back_what_it_was_given() -> None:
    (post,) = posts(answer(), ASKED, locale="en", at=AT)
    kept = json.loads(json.dumps(post.dump()))
    assert Post.load(kept) == post
    kept["buttons"][0]["later"] = 1
    assert Post.load(kept) == post
    assert Post.load({"text": "x"}) == Post("x")
    assert Button(component_id("server"), "x").style == "plain"
