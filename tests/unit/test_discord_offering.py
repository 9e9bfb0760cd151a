"""What people offer in Discord: the files and links of a message, of a command, or behind a button."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.discord.heard import Attachment, Heard
from adapters.discord.inbound import EVERYBODY, Asked, Me, Rules, read_message
from adapters.discord.interactions import Wanted
from adapters.discord.offering import left_in, links, offer_of, place_of, wanted_offer, words_of
from adapters.sharing import Offer

AT = datetime(2026, 11, 22, tzinfo=UTC)
ME = Me("800", "801")
FILE = Attachment("50", "a.pdf", "https://cdn.discordapp.com/a.pdf", 10, "application/pdf")
PICTURE = Attachment("51", "a.png", "https://cdn.discordapp.com/a.png", 10, "image/png")
HEARD = Heard(message="7", guild="900", channel="1", thread="", user="700", text="", attachments=(FILE,))


def offered(rules: Rules = EVERYBODY, **fields: Any) -> Offer | None:
    heard = replace(HEARD, **fields)
    meaning = read_message(heard, me=ME, at=AT, rules=rules)
    return offer_of(heard, meaning, me=ME, rules=rules, asked=place_of(heard, me=ME, at=AT, locale="en"))


def ids(offer: Offer | None) -> list[str]:
    return [] if offer is None else [item.id for item in offer.items]


@pytest.mark.parametrize(
    "fields",
    [
        {"bot": True},
        {"webhook": "5"},
        {"user": "800"},
        {"type": 7},
        {"message": ""},
        {"attachments": ()},
        {"attachments": (PICTURE,)},
        {"attachments": (), "text": "https://discord.com/channels/1/2/3"},
    ],
)
def test_what_is_no_offer(fields: dict[str, Any]) -> None:
    assert offered(**fields) is None
    assert offered(Rules(blocked_users=frozenset({"700"}))) is None


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({}, False),
        ({"text": "<@800>"}, True),
        ({"guild": ""}, True),
        ({"mentions": frozenset({"800"})}, True),
        ({"thread": "20"}, False),
    ],
)
def test_whether_somebody_asked_for_it(fields: dict[str, Any], *, asked: bool) -> None:
    offer = offered(**fields)
    assert offer is not None
    assert offer.asked is asked
    assert offer.session.channel == fields.get("thread", "1")
    assert Offer.load(offer.dump()) == offer


def test_a_picture_is_read_where_somebody_asks_for_that() -> None:
    assert ids(offered(attachments=(PICTURE, FILE))) == ["50"]
    assert ids(offered(attachments=(PICTURE, FILE), text="<@800>")) == ["51", "50"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://a.b/c.", ["https://a.b/c"]),
        ("<https://a.b/c> and [that](https://d.e/f)", ["https://a.b/c", "https://d.e/f"]),
        ("(https://a.b/c_(d))", ["https://a.b/c_(d)"]),
        ("https://a.b https://a.b", ["https://a.b"]),
        ("`https://a.b` ftp://a.b", []),
        ("https://a.b/휴가를 보세요", ["https://a.b/휴가를"]),
    ],
)
def test_the_links_of_a_text(text: str, found: list[str]) -> None:
    assert list(links(text)) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [("https://a.b", ""), ("<https://a.b>  ", ""), ("read https://a.b", "read https://a.b"), ("`x`", "`x`"), ("", "")],
)
def test_words_are_what_is_said_beside_links(text: str, words: str) -> None:
    assert words_of(text) == words


def test_what_is_left_in_a_message() -> None:
    assert left_in(replace(HEARD, text="see https://a.b")) == {"50", "https://a.b", "text"}
    assert left_in(replace(HEARD, attachments=())) == frozenset()


def test_what_a_command_brings() -> None:
    place = Asked("discord:900:1:9", "private", "900", "1", "700", "", AT, interaction="9", token="t")
    assert wanted_offer(Wanted("add", place)) is None
    offer = wanted_offer(Wanted("add", replace(place, text="https://a.b", attachments=(FILE,))))
    assert offer is not None
    assert (ids(offer), offer.message, offer.asked) == (["50", "https://a.b"], "add-9", True)
    learned = wanted_offer(Wanted("learn", replace(place, text="so it is: https://a.b", reference="7")))
    assert learned is not None
    assert (ids(learned), learned.message, learned.more["words"]) == (["https://a.b"], "7", "so it is: https://a.b")


def test_each_edit_is_an_offer_of_its_own() -> None:
    meaning = read_message(HEARD, me=ME, at=AT, rules=EVERYBODY)
    place = place_of(HEARD, me=ME, at=AT, locale="en")
    made = offer_of(HEARD, meaning, me=ME, rules=EVERYBODY, asked=place, edit="5")
    assert made is not None
    assert made.id == made.more["asked"]["id"] == "discord:900:1:7+share:5"
