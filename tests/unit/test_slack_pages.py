"""Where an answer that is being written goes on in the next message: nothing is lost, fences and tables stay whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.pages import LONGEST_FOOT, following, head, page, seen, turn

LIMIT = 1000
LINES = st.sampled_from(
    [
        "A sentence about leave that is neither short nor long.",
        "word " * 30,
        "x" * 90,
        "",
        "```python",
        "print('leave')",
        "```",
        "| Year | Days |",
        "| --- | --- |",
        "| 2024 | 15 |",
        "- a [link to the handbook](https://docs.example.com/handbook/of/leave) in a list",
    ]
)


def paged(text: str, *, limit: int = LIMIT, step: int = 50) -> list[str]:
    """The pages that come of a text that grows by `step` characters and is shown each time."""
    pages, start, shown = [], 0, 0
    for length in [*range(step, len(text), step), len(text)]:
        written = text[:length].rstrip()
        while len(head(written, start)) + len(written) - start > limit - LONGEST_FOOT:
            end = turn(written, start, least=shown, limit=limit)
            pages.append(page(written, start, end))
            assert pages[-1].startswith(head(written, start) + written[start:shown])
            start = shown = following(written, end)
        shown = seen(written, start, limit=limit)
    return [*pages, head(text, start) + text[start:]]


def test_a_page_ends_behind_a_line() -> None:
    text = "\n".join(f"Line {number} about leave." for number in range(200))
    pages = paged(text)
    assert len(pages) > 2
    assert "\n".join(pages) == text


def test_a_fence_is_closed_and_opened_again() -> None:
    body = [f"print({number})" for number in range(300)]
    pages = paged("\n".join(["```python", *body, "```"]))
    assert len(pages) > 2
    for one in pages:
        assert one.startswith("```python\n")
        assert one.endswith("\n```")
    kept = [line for one in pages for line in one.split("\n") if not line.startswith("```")]
    assert kept == body


def test_a_table_repeats_its_head() -> None:
    rows = [f"| {2000 + number} | {number} |" for number in range(200)]
    pages = paged("\n".join(["| Year | Days |", "| --- | --- |", *rows]))
    assert len(pages) > 2
    for one in pages:
        assert one.startswith("| Year | Days |\n| --- | --- |\n| 2")
    assert [line for one in pages for line in one.split("\n") if line.startswith("| 2")] == rows


def test_a_table_that_only_follows_does_not_repeat_the_one_before() -> None:
    text = "| Year | Days |\n| --- | --- |\n| 2024 | 15 |\n\nWords."
    assert head(text, text.index("Words")) == ""
    assert head("| no | rule |\n| below | it |\n| x | y |", len("| no | rule |\n| below | it |\n")) == ""
    wide = f"| {'x' * 600} |\n| --- |\n| 1 |\n| 2 |"
    assert head(wide, wide.index("| 2")) == "", "a head that would fill the page is not repeated"


def test_rather_before_a_fence_or_a_table_than_within() -> None:
    words = "Words about leave. " * 40
    for opening, line in (("```", "print()"), ("| a |\n| --- |", "| 1 |")):
        text = f"{words}\n\n{opening}\n" + f"{line}\n" * 40
        end = turn(text, 0, least=0, limit=LIMIT)
        assert page(text, 0, end) == words.rstrip() or page(text, 0, end).strip() == words.strip()
        assert text[following(text, end) :].startswith(opening)


def test_a_line_that_never_ends_is_cut_behind_a_word_and_never_in_a_link() -> None:
    link = "[the handbook of leave](https://docs.example.com/handbook)"
    text = " ".join(f"{link} {number}" for number in range(30))
    pages = paged(text, step=1000)
    assert "".join(pages) == text
    assert sum(one.count(link) for one in pages) == 30


def test_what_stands_already_is_not_unsaid() -> None:
    text = "First line.\n" + "word " * 400
    assert turn(text, 0, least=700, limit=LIMIT) >= 700
    assert turn("x" * 2000, 0, least=950, limit=LIMIT) == 960
    assert turn("x" * 2000, 0, least=10, limit=LIMIT) == LIMIT - LONGEST_FOOT


@pytest.mark.parametrize("mark", ["```", "~~~~", "`" * 60])
def test_a_fence_of_any_kind_ends_with_its_own_mark(mark: str) -> None:
    text = f"{mark}\ncode\n" + "code\n" * 100
    shown = page(text, 0, text.index("\n", 200) + 1)
    assert shown.endswith(f"\n{mark}" if len(mark) < LONGEST_FOOT else "code")


def test_a_shorter_mark_in_a_fence_is_part_of_it() -> None:
    text = "````\n```\ncode\n"
    assert page(text, 0, len(text)) == "````\n```\ncode\n````"


@given(st.lists(LINES, min_size=1, max_size=60), st.integers(20, 700))
def test_pages_fit_and_hold_every_word(lines: list[str], step: int) -> None:
    text = "\n".join(lines).strip()
    pages = paged(text, step=step)
    assert all(len(one) <= LIMIT for one in pages)
    for word in ("leave", "sentence", "handbook"):
        assert sum(one.count(word) for one in pages) >= text.count(word)
