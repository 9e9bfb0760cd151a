"""Text in Discord: read without its markup, written so that it shows as it is meant and calls nobody."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.escaping import calls_others, escaped, harmless, mentions, plain, unescaped
from adapters.discord.markdown import shown
from adapters.discord.tables import table, width

ME = "999"
NAMES = {"1": "kim", "2": "hr"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@999> hi", "hi"),
        ("<@!999>   hi", "hi"),
        ("hi <@999>", "hi"),
        ("<@&66> hi", "hi"),
        ("<@1> and <@!1> and <@7>", "@kim and @kim and @7"),
        ("<@&1> <#2> <#3>", "@kim #hr #3"),
        ("</ask:123> </add link:123>", "/ask /add link"),
        ("<:wave:123> <a:dance:123> 🙂", ":wave: :dance: 🙂"),
        ("<t:1618953630> <t:1618953630:R>", "2021-04-20 21:20 UTC 2021-04-20 21:20 UTC"),
        ("<t:999999999999>", "999999999999"),
        ("<id:customize>", "customize"),
        ("<https://a.b/c> https://a.b", "https://a.b/c https://a.b"),
        ("a < b > c <b> <@x> <> <", "a < b > c <b> <@x> <> <"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_what_people_write_is_read_as_they_see_it(written: str, read: str) -> None:
    assert plain(written, me=ME, roles={"66"}, names=NAMES) == read


def test_without_a_bot_nobody_is_taken_out() -> None:
    assert plain("<@999> <@> hi") == "@999 <@> hi"


def test_a_mention_is_of_just_this_user() -> None:
    assert mentions("x <@999> y", ME)
    assert mentions("<@!999>", ME)
    assert not mentions("<@9999> 999 @999 <@&999>", ME)
    assert not mentions("<@>", "")
    assert calls_others(" <@1> hi", me=ME)
    assert calls_others("<@&1> hi", me=ME)
    assert not calls_others("<@999> hi", me=ME)
    assert not calls_others("hi <@1>", me=ME)


CALLS = re.compile(r"<(?:@[!&]?|#)\d+>|</[^<>:]+:\d+>|<id:|@(?:everyone|here)", re.IGNORECASE)
pieces = st.sampled_from(["<", "@", "here", "everyone", "!", "&", "#", "1", "2>", "</ask:", "id:", ">", " ", "`", "\n"])


@given(st.lists(pieces, max_size=14).map("".join))
def test_nobody_is_called_by_a_text_of_ours(text: str) -> None:
    assert not CALLS.search(harmless(text))
    assert not CALLS.search(shown(text))
    assert not CALLS.search(escaped(text))
    assert harmless(text).replace("\u2060", "") == text


@given(st.text(alphabet="\\`*_~|<>[]()#:@- a1가", max_size=40))
def test_what_is_escaped_comes_back(text: str) -> None:
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("# One\n## Two\n### Three", "# One\n## Two\n### Three"),
        ("#### Four **strong**", "**Four strong**"),
        ("###### Six ######", "**Six**"),
        ("#### ", "#### "),
        ("a\n---\nb", "a\n────────────\nb"),
        ("***", "────────────"),
        ("- - -", "────────────"),
        ("- item\n* item\n> said", "- item\n* item\n> said"),
        ("see https://a.b/c.", "see <https://a.b/c>."),
        ("(https://a.b/c_(d))", "(<https://a.b/c_(d)>)"),
        ("https://a.b/c에서 봐요", "<https://a.b/c>에서 봐요"),
        ("https://ko.a.b/wiki/서울 봐요", "<https://ko.a.b/wiki/서울> 봐요"),
        ("https://. x", "https://. x"),
        ("<https://a.b>", "<https://a.b>"),
        ("[page](https://a.b/c)", "[page](<https://a.b/c>)"),
        ('[page](https://a.b/c "title")', "[page](<https://a.b/c>)"),
        ("[page](<https://a.b/c>)", "[page](<https://a.b/c>)"),
        ("![image](https://a.b/c_(d).png)", "[image](<https://a.b/c_(d).png>)"),
        ("[](https://a.b)", "<https://a.b>"),
        ("[https://good.example](https://evil.example)", "<https://evil.example>"),
        ("[1] and [2](no link)", "[1] and [2](no link)"),
        ("`https://a.b` and ``x ` https://a.b``", "`https://a.b` and ``x ` https://a.b``"),
        ("`open https://a.b", "`open <https://a.b>"),
        ("a\r\nb\x00\ud800", "a\nb\ufffd"),
    ],
)
def test_markdown_is_turned_into_what_discord_shows(written: str, seen: str) -> None:
    assert shown(written) == seen


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("```python\nx = 1\n```", "```python\nx = 1\n```"),
        ("~~~\n# no heading\nhttps://a.b\n~~~", "```\n# no heading\nhttps://a.b\n```"),
        ("````md\n```\nx\n```\n````", "```md\n`\u200b`\u200b`\nx\n`\u200b`\u200b`\n```"),
        ("```\nopen", "```\nopen\n```"),
        ("```", "```\n \n```"),
        ("```python title=x\ny\n```", "```python\ny\n```"),
        ("```{.py}\ny\n```", "```\ny\n```"),
        ("```one line```\n# x", "```one line```\n# x"),
        ("```\na\n``` b\n```", "```\na\n`\u200b`\u200b` b\n```"),
    ],
)
def test_code_blocks_are_closed_and_keep_what_is_in_them(written: str, seen: str) -> None:
    assert shown(written) == seen


def test_a_table_is_shown_in_columns() -> None:
    written = (
        "Before\n| 이름 | **일수** | note |\n|---|:-:|---|\n| 연차 | 15 | a\\|b |\n| Sick leave | `3` | 🙂 |\nafter"
    )
    assert shown(written) == (
        "Before\n```\n"
        "이름         일수   note\n"
        "────────────────────────\n"
        "연차         15     a|b\n"
        "Sick leave   3      🙂\n"
        "```\nafter"
    )


def test_the_columns_of_a_table_stand_below_each_other() -> None:
    rows = [("가나다", "x"), ("abc", "y"), ("é", "z"), ("e\u0301", "q"), ("日本", "r")]
    drawn = table(["| a | b |", "| - | - |", *(f"| {one} | {two} |" for one, two in rows)]).split("\n")
    places = {width(line[: line.rindex(two)]) for line, (_, two) in zip(drawn[3:], rows, strict=False)}
    assert places == {9}


def test_a_wide_table_or_one_with_links_is_shown_as_a_list() -> None:
    wide = f"| name | text | |\n| --- | --- | --- |\n| a | {'x' * 80} | more |\n| b | |\n|  |"
    assert shown(wide) == f"- **name:** a · **text:** {'x' * 80} · more\n- **name:** b\n-"
    linked = "| a | b |\n|---|---|\n| 1 | [page](https://a.b) |"
    assert shown(linked) == "- **a:** 1 · **b:** [page](<https://a.b>)"


def test_a_long_table_repeats_its_head() -> None:
    rows = "\n".join(f"| row {number} | {'x' * 20} |" for number in range(120))
    drawn = shown(f"| name | text |\n| --- | --- |\n{rows}")
    blocks = re.findall(r"```\n(.*?)\n```", drawn, re.DOTALL)
    assert len(blocks) > 1
    assert all(block.startswith("name") for block in blocks)
    assert all(len(block) < 1900 for block in blocks)
    assert re.findall(r"row (\d+)", drawn) == [str(number) for number in range(120)]


def test_a_table_without_rows_and_one_with_too_few_or_many_cells_is_shown() -> None:
    assert shown("| a | b |\n| --- | --- |") == "```\na   b\n─────\n```"
    assert shown("| a | b |\n| --- | --- |\n| 1 |\n| 1 | 2 | 3 |") == "```\na   b\n─────\n1\n1   2\n```"
    assert shown("| a<br>b | c |\n| --- | --- |\n| ``` | \\| |") == "```\na b   c\n───────\n'''   |\n```"


@given(st.text(alphabet="|-:` ~#*[]()<>htps:/.ab\n\\@1가", max_size=120))
def test_no_text_breaks_showing(text: str) -> None:
    seen = shown(text)
    assert not CALLS.search(seen)
    assert shown(text[:60]) is not None
