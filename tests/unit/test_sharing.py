"""What is done with what people share, and what they are told."""

from collections.abc import Sequence

import pytest

from adapters.noticing import heading, quote
from adapters.sharing import (
    MOST_ITEMS,
    SIZE,
    Item,
    Manners,
    Offer,
    Outcome,
    clean,
    decide,
    few,
    is_offer,
    question,
    refused,
    told,
    worth_reading,
)
from core.channels import ChannelSettings, Ingestion
from core.errors import Refused
from core.notices import Kind, Notice
from core.types import Session

PLACE = Session("slack", "T1", "C1")
FILE = Item("file", "F1", "handbook.pdf", {"size": 3})
LINK = Item.link("https://example.com/faq/")


def offer(*items: Item, asked: bool = False, left_out: int = 0, author: str = "U1") -> Offer:
    whole = items or (FILE,)
    return Offer("slack:T1:C1:1+share", PLACE, "1", author, whole, asked=asked, left_out=left_out, more={"thread": "1"})


def test_an_offer_is_kept_as_it_is() -> None:
    whole = offer(FILE, LINK, asked=True, left_out=2)
    assert Offer.load(whole.dump()) == whole
    assert is_offer(whole.dump())
    assert not is_offer({"text": "hello"})
    assert str(whole.share(LINK)) == "slack:T1:C1:1:https://example.com/faq/"


@pytest.mark.parametrize(
    ("ingestion", "kind", "decision"),
    [
        (None, "public", "ask"),
        (None, "private", "read"),
        ("auto", "public", "read"),
        ("ask", "private", "ask"),
        ("off", "private", "leave"),
        ("off", "direct", "read"),
    ],
)
def test_what_is_done_depends_on_the_channel(ingestion: Ingestion | None, kind: str, decision: str) -> None:
    settings = ChannelSettings(ingestion=ingestion)
    assert decide(offer(), settings, kind=kind) == decision  # type: ignore[arg-type]
    assert decide(offer(asked=True), settings, kind=kind) == "read"  # type: ignore[arg-type]


def test_where_the_bot_is_switched_off_it_reads_what_it_is_asked_to_alone() -> None:
    settings = ChannelSettings(ingestion="auto", enabled=False)
    assert decide(offer(), settings, kind="private") == "leave"
    assert decide(offer(asked=True), settings, kind="private") == "read"


def test_a_few_things_of_a_message_files_first() -> None:
    links = [Item.link(f"https://example.com/{number}") for number in range(12)]
    kept, left_out = few([*links, links[0], FILE])
    assert kept[0] == FILE
    assert len(kept) == MOST_ITEMS
    assert left_out == 3


@pytest.mark.parametrize(
    ("url", "worth"),
    [
        ("https://example.com/a", True),
        ("http://example.com:8080/a", True),
        ("https://team.slack.com/archives/C1/p1", False),
        ("https://discord.com/channels/1/2/3", False),
        ("https://media.giphy.com/x.gif", False),
        ("https://notslack.com/", True),
        ("ftp://example.com/a", False),
        ("https://user:word@example.com/", False),
        ("https://", False),
        ("https://[x", False),
        (f"https://example.com/{'a' * 2000}", False),
    ],
)
def test_which_links_may_be_documents(url: str, *, worth: bool) -> None:
    assert worth_reading(url) is worth


def test_links_in_passing_are_asked_about_read_and_told_of_now_and_then() -> None:
    manners = Manners(asked=3, passing_asked=1, passing_read=2, passing_told=1)
    passing = offer(LINK)
    assert [manners.ask(passing), manners.ask(passing), manners.ask(offer(LINK, author="U2"))] == [True, False, True]
    assert [manners.ask(offer()), manners.ask(offer())] == [True, False]
    assert [manners.read(passing) for _ in range(3)] == [True, True, False]
    assert [manners.tell(passing) for _ in range(2)] == [True, False]
    assert manners.read(offer())
    assert manners.tell(offer(LINK, asked=True))


def outcomes(*names: str, refusal: Refused | None = None) -> Sequence[Outcome]:
    return [
        Outcome(Item("file", f"F{name}", name), name, 42, document_id="" if refusal else "d", refusal=refusal)
        for name in names
    ]


def test_what_was_read_is_told_in_one_message_and_what_was_refused_comes_first() -> None:
    text = told(
        [*outcomes("handbook.pdf"), *outcomes("x.zip", refusal=Refused("read.archive", name="x.zip", kind="ZIP"))],
        offer(left_out=2),
        "en",
    )
    first, second, third = text.splitlines()
    assert first.startswith("*x.zip* is an archive (ZIP)")
    assert second == "Read *handbook.pdf*: 42 passages."
    assert "the other 2" in third


def test_what_was_taken_away_meanwhile_is_not_told() -> None:
    assert told([Outcome(FILE)], offer(), "en") == ""


def test_one_passage_known_content_and_titles_of_links() -> None:
    assert told([Outcome(FILE, "Handbook", 1, document_id="d")], offer(), "en") == "Read *handbook.pdf*: 1 passage."
    assert "already" in told([Outcome(FILE, "x", 1, changed=False, document_id="d")], offer(), "en")
    assert told([Outcome(LINK, "Questions", 2, document_id="d")], offer(), "en") == "Read *Questions*: 2 passages."
    unnamed = Item("file", "F1", "F1")
    assert told([Outcome(unnamed, "Plan", 2, document_id="d")], offer(), "en") == "Read *Plan*: 2 passages."


@pytest.mark.parametrize("locale", ["en", "ko"])
def test_it_is_never_longer_than_a_message(locale: str) -> None:
    names = [f"{number}{'name' * 40}.pdf" for number in range(10)]
    refusal = Refused("read.unsupported", name="n" * 3000, kind="k" * 3000)
    text = told([*outcomes(*names[:9], refusal=refusal), *outcomes(names[9])], offer(left_out=5), locale)
    assert len(text) <= SIZE
    assert "/sources" in text


def test_a_refusal_without_a_name_gets_one() -> None:
    assert refused("example.com/faq", Refused("fetch.login"), "en").startswith("*example.com/faq*: This link")


def test_names_hold_no_markup() -> None:
    assert clean("a*b`[c](d)<@U1>\n e") == "a∗b'(c)(d)‹@U1› e"
    assert clean("  ") == "?"
    assert len(clean("x" * 500)) == 80


def test_the_question_whether_to_read() -> None:
    assert "*handbook.pdf*" in question(offer(), "en")
    assert "these 2" in question(offer(FILE, LINK), "en")


def notice(kind: Kind, *, old: str = "", new: str = "", asked: str = "How long?") -> Notice:
    return Notice(
        "n", kind, "q", PLACE, question=asked, title="Hand*book*", url="https://x.y", old_excerpt=old, new_excerpt=new
    )


def test_a_notice_says_what_was_and_what_is() -> None:
    text = heading(notice("changed", old="15 days.\nOr *more*.", new="20 days."), "en")
    assert "> 15 days.\n> Or ∗more∗.\nNow:\n> 20 days." in text
    assert "*Hand∗book∗* has changed" in text
    assert heading(notice("changed", old="15 days."), "en").endswith("Now it says nothing about it.")
    assert heading(notice("withdrawn", old="15 days."), "en").endswith("> 15 days.")
    assert "By now I can" in heading(notice("found", asked="why " * 100), "en")
    assert "https://x.y" in heading(notice("dead"), "ko")
    assert len(quote("x" * 1000)) < 600
