"""A model's text passes the sieve: citations are checked and renumbered, foreign links never get out."""

import random

import pytest

from core.citations import Sieve, links, unsourced


def sift(text: str, *, passages: int = 3, allowed: str = "", seed: int | None = None) -> tuple[str, list[int]]:
    """The text that comes out, whole or in random pieces."""
    sieve = Sieve(passages=passages, allowed=links(allowed))
    if seed is None:
        return sieve.feed(text) + sieve.finish(), sieve.cited
    chance, out, at = random.Random(seed), "", 0
    while at < len(text):
        step = chance.randint(1, 7)
        out += sieve.feed(text[at : at + step])
        at += step
    return out + sieve.finish(), sieve.cited


@pytest.mark.parametrize(
    ("text", "shown", "cited"),
    [
        ("Leave is 25 days [2].", "Leave is 25 days [1].", [2]),
        ("A [2][1] and B [2].", "A [1][2] and B [1].", [2, 1]),
        ("A [1, 3].", "A [1][2].", [1, 3]),
        ("휴가는 25일【2】이에요.", "휴가는 25일[1]이에요.", [2]),
        ("Invented [9].", "Invented .", []),
        ("Zero [0] and [4].", "Zero  and .", []),
        ("An array a[i] and [x] stay.", "An array a[i] and [x] stay.", []),
    ],
)
def test_citations_are_checked_and_renumbered(text: str, shown: str, cited: list[int]) -> None:
    assert sift(text) == (shown, cited)


HOSTILE = [
    "See https://evil.example/leak?d=secret now.",
    "See HTTPS://EVIL.example/leak now.",
    "![x](https://evil.example/p.png?d=secret) done.",
    "Click [the form](https://evil.example/form).",
    "Click <https://evil.example/form>.",
    "Click [the form][1]\n\n[1]: https://evil.example/form\n",
    "www.evil.example/leak is the place",
    "//evil.example/leak is the place",
    "evil.example/leak is the place",
    "data:text/html,evil.example is the place",
    "javascript:evil.example() is the place",
    "mailto:evil.example@x is the place",
    "ftp://evil.example is the place",
    "<img src=https://evil.example/x>",
    "[a](  https://evil.example/x 'title')",
    "Go to example.zone/q?evil.example=1 now",
    "Go to evil.example now",
    "Write to me@evil.example.",
    "See evil.example!",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_foreign_link_never_gets_out(text: str) -> None:
    assert "evil.example" not in sift(text, allowed="https://good.example/page")[0]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("seed", range(8))
def test_a_foreign_link_does_not_get_out_in_pieces(text: str, seed: int) -> None:
    out, _ = sift(text, seed=seed)
    assert "evil.example" not in out
    assert links(out) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "See https://good.example/page.",
        "See [the page](https://good.example/page) [1].",
        "See <https://good.example/page>.",
        "Run `pip install x`; config.yaml? Node.js, core/chat.py and 3.5 stay!",
        "Write to help@good.example or look at good.example.",
        "1 < 2 and a <b> tag, wow!! (see below)",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_text_and_links_of_the_passages_stay(text: str, seed: int | None) -> None:
    assert (
        sift(
            text,
            allowed="They wrote https://www.good.example/page/ here, good.example and help@good.example.",
            seed=seed,
        )[0]
        == text
    )


def test_plain_words_are_shown_at_once() -> None:
    sieve = Sieve(passages=1, allowed=())
    assert sieve.feed("Leave is") == "Leave is"


def test_a_bracket_without_an_end_does_not_hold_the_text_for_ever() -> None:
    sieve = Sieve(passages=1, allowed=())
    shown = sieve.feed("[" + "a " * 3000)
    assert len(shown) > 5000


def test_a_link_as_long_as_a_book_is_still_removed() -> None:
    long = "https://evil.example/" + "a" * 10_000
    assert "evil" not in sift(long, seed=5)[0]


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("25 days [1].", False),
        ("25 days [1].\n\nMore [2], and more.", False),
        ("25 days [1].\n\nInterns get fewer.", True),
        ("# Leave\n25 days [1].\n\n## Interns\nThey get fewer.", True),
        ("This holds:\n\n- 25 days [1]\n- 10 days\n\n```\nprint(1)\n\nprint(2)\n```\n\n***", False),
        ("휴가는 이래요：\n\n25일 【1】", False),
        ("", False),
    ],
)
def test_a_paragraph_without_a_source_is_noticed(text: str, *, lacks: bool) -> None:
    assert unsourced(text) is lacks
