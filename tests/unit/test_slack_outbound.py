"""An answer as Slack shows it: blocks, numbered sources, buttons, and a text for everything else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack.inbound import Asked
from adapters.slack.outbound import Post, bare, fallback, posts, said, shortened
from adapters.slack.pace import Buckets, Window
from adapters.work import Bound
from core.types import Answer, Source
from tests.fakes.slack.blocks import check_blocks

AT = datetime(2026, 3, 1, tzinfo=UTC)
ASKED = Asked("slack:T1:C1:17.1", "mention", "T1", "C1", "U1", "How?", ts="17.1", thread="17.1")
SOURCE = Source(1, "d1", "Handbook", "x", url="https://example.com/h?a=1&b=2", page=3, read_at=AT - timedelta(days=4))


def answer(text: str = "Fifteen days [1].", *sources: Source) -> Answer:
    return Answer("q", text, "answered", sources=sources or (SOURCE,))


def shown(post: Post) -> str:
    return json.dumps(post.blocks, ensure_ascii=False)


def test_an_answer_is_markdown_with_sources_and_buttons() -> None:
    (post,) = posts(answer(), ASKED, locale="en", at=AT)
    check_blocks([dict(block) for block in post.blocks])
    assert [block["type"] for block in post.blocks] == ["markdown", "section", "context_actions"]
    assert post.blocks[1]["text"]["text"] == "[1] <https://example.com/h?a=1&amp;b=2|Handbook> · p. 3 · read 4 d ago"
    assert post.text == f"Fifteen days [1].\n\n{post.blocks[1]['text']['text']}"
    assert "good q" in shown(post)


def test_fixed_words_are_in_the_language_of_the_answer() -> None:
    (post,) = posts(answer(), ASKED, locale="ko", at=AT)
    assert "3쪽 · 4일 전 읽음" in shown(post)
    assert "도움이 됐어요" in shown(post)
    today = posts(answer("x", replace(SOURCE, read_at=AT)), ASKED, locale="ko", at=AT)
    assert "오늘 읽음" in shown(today[0])


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        (None, False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://example.com/" + "x" * 3000, False),
        ("https://example.com/a|b>c d", True),
    ],
)
def test_only_pages_are_linked(url: str | None, *, linked: bool) -> None:
    (post,) = posts(answer("x", replace(SOURCE, url=url)), ASKED, locale="en", at=AT)
    line = post.blocks[1]["text"]["text"]
    assert ("<http" in line) == linked
    assert line.count("|") == linked
    assert "Handbook" in line


def test_a_title_cannot_mention_or_link() -> None:
    title = "<!channel> @here <https://evil.example|x> \n & " + "y" * 300
    (post,) = posts(answer("x", replace(SOURCE, title=title, url=None)), ASKED, locale="en", at=AT)
    line = post.blocks[1]["text"]["text"]
    assert "<" not in line
    assert "@here" not in line
    assert "\n" not in line
    assert len(line) < 300


def test_many_sources_fit() -> None:
    many = [replace(SOURCE, number=number, title="t" * 500, url="https://e.x/" + "u" * 1500) for number in range(1, 51)]
    (post,) = posts(answer("x", *many), ASKED, locale="en", at=AT)
    check_blocks([dict(block) for block in post.blocks])
    assert "and 30 more" in shown(post)


def test_without_sources_there_is_nothing_to_judge() -> None:
    (post,) = posts(Answer("q", "Hello!", "answered"), ASKED, locale="en", at=AT)
    assert [block["type"] for block in post.blocks] == ["markdown"]
    (failed,) = posts(Answer("q", "", "failed"), ASKED, locale="en", at=AT)
    assert failed.blocks[0]["text"] == "…"


def test_a_long_answer_takes_several_messages_and_the_last_one_has_the_sources() -> None:
    text = "\n\n".join(f"Paragraph {number} " + "word " * 100 for number in range(60))
    made = posts(answer(text), ASKED, locale="en", at=AT, note="A note.")
    assert len(made) == 3
    assert ["Handbook" in shown(post) for post in made] == [False, False, True]
    assert "A note." in shown(made[-1])
    for post in made:
        check_blocks([dict(block) for block in post.blocks])
        assert len(post.text) < 3000


def test_what_a_command_asked_stands_above_its_answer() -> None:
    command = replace(ASKED, way="command", text="<b> @here? " + "x" * 3000)
    (post,) = posts(answer(), command, locale="en", at=AT)
    check_blocks([dict(block) for block in post.blocks])
    assert post.blocks[0]["elements"][0]["text"].startswith("<@U1> asked: &lt;b&gt; @\u2060here? xxx")
    assert post.text.startswith("<@U1> asked:")


def test_a_private_answer_can_be_shared() -> None:
    private = replace(ASKED, way="private")
    (post,) = posts(answer(), private, locale="en", at=AT)
    check_blocks([dict(block) for block in post.blocks])
    assert post.blocks[-1]["elements"][0]["value"] == "How?"
    (long,) = posts(answer(), replace(private, text="x" * 2001), locale="en", at=AT)
    assert "saseo_share" not in shown(long)


def test_markdown_becomes_slack_s_own_markup_for_notifications() -> None:
    text = "# Head\n**bold** [label](https://a.b/c?d=1&e=2) <b> & co"
    assert fallback(text) == "*Head*\n*bold* <https://a.b/c?d=1&amp;e=2|label> &lt;b&gt; &amp; co"
    assert shortened("word " * 1000).endswith("word …")
    assert len(shortened("word " * 1000)) < 3000


def test_for_a_server_without_blocks_everything_is_in_the_text() -> None:
    made = posts(answer("**Fifteen** days [1]. " + "word " * 1000), ASKED, locale="en", at=AT, note="A note.")
    plain = bare(made)
    assert all(not post.blocks and len(post.text) <= 2900 for post in plain)
    whole = "\n".join(post.text for post in plain)
    assert whole.startswith("*Fifteen* days [1].")
    assert "Handbook" in whole
    assert "A note." in whole
    assert bare([Post("just text")]) == [Post("just text")]


def test_a_post_survives_being_kept() -> None:
    (post,) = posts(answer(), ASKED, locale="en", at=AT)
    assert Post.load(json.loads(json.dumps(post.dump()))) == post
    assert said("x").blocks == ({"type": "markdown", "text": "x"},)


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_lets_so_many_through_in_a_minute() -> None:
    clock = Ticks()
    window = Window(3, clock=clock)
    assert [window.take() for _ in range(4)] == [True, True, True, False]
    clock.now = 60
    assert not window.take(spare=3)
    assert window.take(spare=2)
    assert not window.take(spare=2)


def test_a_bucket_lets_a_burst_through_and_then_one_a_second() -> None:
    clock = Ticks()
    buckets = Buckets(rate=1, burst=2, clock=clock)
    assert [buckets.spend("a") for _ in range(4)] == [0, 0, 1, 2]
    assert buckets.spend("b") == 0
    clock.now = 10
    assert buckets.spend("a") == 0


def test_a_thread_gets_so_many_answers_a_minute() -> None:
    clock = Ticks()
    bound = Bound(2, clock=clock)
    assert [bound.allows("a") for _ in range(3)] == [True, True, False]
    assert bound.allows("b")
    clock.now = 60
    assert bound.allows("a")
