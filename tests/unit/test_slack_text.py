"""Text in Slack: read without its escapes, written without mentions, split without cutting what belongs together."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.escaping import calls_others, escaped, harmless, mentions, plain, settled
from adapters.splitting import split

ME = "U0BOT"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U0BOT> hi", "hi"),
        ("<@U0BOT|saseo>   hi", "hi"),
        ("hi <@U0BOT>", "hi"),
        ("hey <@U0BOT> how?", "hey how?"),
        ("<@U1> and <@U2|kim>", "@U1 and @kim"),
        ("<#C1|general> <#C2|> <#C3>", "#general #C2 #C3"),
        ("<!here> <!subteam^S1> <!subteam^S1|@team> <!date^1^x|today>", "@here @subteam @team today"),
        ("<https://a.b/c>", "https://a.b/c"),
        ("<https://a.b/c|a.b/c>", "https://a.b/c"),
        ("<https://a.b/c|the page>", "the page (https://a.b/c)"),
        ("<mailto:a@b.c|a@b.c> <mailto:a@b.c>", "a@b.c a@b.c"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("&lt;@U1&gt;", "<@U1>"),
        ("", ""),
        ("<>", ""),
        ("<", "<"),
        ("a <b> c", "a b c"),
    ],
)
def test_what_people_write_is_read_as_they_see_it(written: str, read: str) -> None:
    assert plain(written, me=ME) == read


@given(st.text(alphabet="<>@#!|&;ampltgU0BOT \n", max_size=60))
def test_no_text_breaks_reading(text: str) -> None:
    assert not mentions(plain(text, me=ME).replace("<", ""), ME)


def test_a_mention_is_of_just_this_user() -> None:
    assert mentions("x <@U0BOT> y", ME)
    assert mentions("<@U0BOT|b>", ME)
    assert not mentions("<@U0BOTTLE> U0BOT @U0BOT", ME)
    assert not mentions("<@>", "")
    assert calls_others(" <@U1> hi", me=ME)
    assert not calls_others("<@U0BOT> hi", me=ME)
    assert not calls_others("hi <@U1>", me=ME)


CALLS = re.compile(r"<[!@#]|(?<!\w)@(?:channel|here|everyone)\b", re.IGNORECASE)


@given(st.text(alphabet="<>@!#herchanlvyoU1 |\n", max_size=80))
def test_nobody_is_called_by_a_text_of_ours(text: str) -> None:
    assert not CALLS.search(harmless(text))
    assert harmless(text).replace("\u2060", "") == text.replace("\u2060", "")


@given(st.lists(st.sampled_from(["@", "here", "<", "!channel>", "<@U1", ">", " ", "a", "@every", "one"]), max_size=12))
def test_what_is_shown_of_a_growing_text_never_has_to_be_taken_back(pieces: list[str]) -> None:
    shown = ""
    for end in range(len(pieces) + 1):
        now = harmless(settled("".join(pieces[:end])))
        assert now.startswith(shown)
        shown = now
    assert harmless("".join(pieces)).startswith(shown)


def test_an_address_with_an_at_sign_stays_as_it_is() -> None:
    assert harmless("mail bob@here.com or @kim") == "mail bob@here.com or @kim"
    assert escaped("<a & b>") == "&lt;a &amp; b&gt;"


TABLE = "| a | b |\n| --- | --- |\n" + "\n".join(f"| {row} | {'x' * 20} |" for row in range(40))
CODE = "```python\n" + "\n".join(f"line_{number} = {number}" for number in range(60)) + "\n```"


@given(
    st.lists(st.sampled_from(["# Head", "word " * 30, TABLE[:200], CODE[:150] + "\n```", "- item", "", "글자 " * 40]))
)
def test_pieces_are_short_and_nothing_is_lost(parts: list[str]) -> None:
    text = "\n\n".join(parts)
    pieces = split(text, limit=300)
    assert all(0 < len(piece) <= 300 for piece in pieces)
    words = [word for word in text.split() if word.strip("`|-")]
    assert [word for word in " ".join(pieces).split() if word in set(words)][: len(words)] != [] or not words
    for word in set(words):
        assert word in " ".join(pieces)


@given(st.text(max_size=900), st.integers(200, 400))
def test_any_text_is_split_below_the_limit(text: str, limit: int) -> None:
    pieces = split(text, limit=limit)
    assert all(piece.strip() and len(piece) <= limit for piece in pieces)


def test_a_fence_that_fits_is_not_cut() -> None:
    small = "```\n" + "x\n" * 40 + "```"
    pieces = split("word " * 45 + "\n" + small + "\n" + "word " * 45, limit=250)
    assert any(small in piece for piece in pieces)


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    pieces = split(CODE, limit=300)
    assert len(pieces) > 2
    assert all(piece.startswith("```python\n") and piece.endswith("\n```") for piece in pieces)
    lines = [line for piece in pieces for line in piece.split("\n")[1:-1]]
    assert "\n".join(lines) == "\n".join(CODE.split("\n")[1:-1])


def test_a_fence_that_is_not_closed_is_closed() -> None:
    pieces = split(CODE.removesuffix("\n```"), limit=300)
    assert all(piece.startswith("```python\n") and piece.endswith("\n```") for piece in pieces)


def test_a_table_that_is_cut_repeats_its_head() -> None:
    pieces = split(TABLE, limit=300)
    assert len(pieces) > 3
    assert all(piece.startswith("| a | b |\n| --- | --- |\n") for piece in pieces)
    rows = [line for piece in pieces for line in piece.split("\n")[2:]]
    assert rows == TABLE.split("\n")[2:]


def test_rows_without_a_head_are_split_between_rows() -> None:
    rows = [f"| {row} | {'x' * 20} |" for row in range(40)]
    assert [line for piece in split("\n".join(rows), limit=300) for line in piece.split("\n")] == rows


@pytest.mark.parametrize(
    "whole", ["[a long label](https://example.com/a/b?c=d)", "<@U123456>", "`some code`", "**strong words**"]
)
def test_a_link_a_mention_and_the_like_are_never_cut(whole: str) -> None:
    for before in range(150, 210):
        pieces = split("x" * before + " " + f"{whole} " * 10, limit=200)
        assert sum(piece.count(whole) for piece in pieces) == 10


def test_a_word_longer_than_a_piece_is_cut_somewhere() -> None:
    assert [len(piece) for piece in split("x" * 500, limit=200)] == [200, 200, 100]


def test_nothing_gives_no_piece() -> None:
    assert split(" \n ", limit=200) == []
