"""What events of Slack mean for what is shared."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.sharing import Item, Offer
from adapters.slack.inbound import Me, Rules
from adapters.slack.news import (
    LEARN,
    Chosen,
    Deleted,
    Edited,
    FileChanged,
    FileGone,
    Left,
    News,
    Pressed,
    Readers,
    read_news,
)
from adapters.slack.offering import TEXT, value_of
from core.types import Session
from tests.unit.test_slack_payloads import bodies

ME = Me("T1", "UBOT", "BBOT")
PLACE = Session("slack", "T1", "C1")
FILE = {"id": "F1", "name": "a.pdf", "mode": "hosted", "url_private_download": "https://files.slack.com/a", "size": 3}


def news(event: Mapping[str, Any], **more: Any) -> News:
    return read_news({"event": event, **more}, me=ME, rules=Rules(blocked_users=frozenset({"UBAD"})))


def message(**more: Any) -> dict[str, Any]:
    return {"type": "message", "channel": "C1", "user": "U1", "ts": "1.1", "text": "", "channel_type": "group", **more}


def edited(text: str, before: str | None, **more: Any) -> News:
    old = {} if before is None else {"previous_message": message(text=before)}
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "channel_type": "group"}
    return news({**event, "message": message(text=text, **more), **old})


def test_a_shared_file_is_an_offer() -> None:
    found = news(message(subtype="file_share", files=[FILE, {"id": "F2", "mode": "tombstone"}, "odd"]))
    assert isinstance(found, Offer)
    assert [item.id for item in found.items] == ["F1"]
    assert found.id == "slack:T1:C1:1.1+share"
    assert not found.asked


def test_both_events_of_a_mention_mean_the_same() -> None:
    text = "<@UBOT> <https://example.com/?a=1&amp;b=2|here>"
    first = news({**message(text=text), "type": "app_mention"})
    second = news(message(text=text))
    assert isinstance(first, Offer)
    assert isinstance(second, Offer)
    assert first.items == second.items == (Item.link("https://example.com/?a=1&b=2"),)
    assert first.asked
    assert second.asked


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"subtype": "bot_message"},
        {"user": "USLACKBOT"},
        {"user": "UBOT"},
        {"user": "UBAD"},
        {"user": ""},
        {"ts": ""},
        {"channel": ""},
        {"files": []},
        {"files": [{"name": "without an id"}]},
    ],
)
def test_what_is_nobodys_or_nothing_is_no_offer(more: dict[str, Any]) -> None:
    assert news(message(**{"files": [FILE], **more})) is None


def test_a_file_that_lies_elsewhere_is_a_link() -> None:
    drive = {"id": "F1", "title": "Plan", "is_external": True, "url_private": "https://docs.google.com/d/1"}
    found = news(message(files=[drive]))
    assert isinstance(found, Offer)
    assert found.items == (Item("link", "https://docs.google.com/d/1", "Plan"),)
    assert news(message(files=[{"id": "F1", "mode": "external", "url_private": "https://team.slack.com/x"}])) is None


def test_edits() -> None:
    link = "<https://example.com/a>"
    assert edited(link, link) is None
    dropped = edited("nothing", f"was {link}")
    assert dropped == Edited(PLACE, "1.1", frozenset(), "nothing", None)
    added = edited(f"{link} <https://example.com/b>", link, edited={"user": "U1", "ts": "2.2"})
    assert isinstance(added, Edited)
    assert added.fresh is not None
    assert [item.id for item in added.fresh.items] == ["https://example.com/b"]
    assert added.fresh.id == "slack:T1:C1:1.1+share:2.2"
    assert added.fresh.more["asked"]["id"] == added.fresh.id, "it is told under its own name"
    unseen = edited(link, None)
    assert isinstance(unseen, Edited)
    assert unseen.fresh is None
    assert edited("x", "y", user="UBOT") is None
    assert edited("gone", link, subtype="tombstone") == Deleted(PLACE, "1.1")
    files = edited("same", "same", files=[FILE])
    assert isinstance(files, Edited)
    assert files.kept == {"F1", TEXT}
    assert edited(link, "x", user="UBAD") == Edited(
        PLACE, "1.1", frozenset({"https://example.com/a"}), "https://example.com/a"
    )
    assert news({"type": "message", "subtype": "message_changed", "channel": "C1"}) is None


def test_an_edit_that_calls_the_bot_has_all_of_a_message_read_once() -> None:
    link, more = "<https://example.com/a>", {"edited": {"user": "U1", "ts": "2.2"}}
    called = edited(f"<@UBOT> {link}", link, **more)
    assert isinstance(called, Edited)
    assert called.fresh is not None
    assert called.fresh.asked
    again = edited(f"<@UBOT> please {link}", f"<@UBOT> {link}", **more)
    assert isinstance(again, Edited)
    assert again.fresh is None
    assert news({**message(text=f"<@UBOT> {link}"), "type": "app_mention", **more}) is None, "it is told twice"


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        (
            {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "1.1"},
            Deleted(PLACE, "1.1"),
        ),
        ({"type": "message", "subtype": "message_deleted", "channel": "C1"}, None),
        ({"type": "message", "subtype": "channel_convert_to_private", "channel": "C1"}, Readers("C1")),
        ({"type": "file_deleted", "file_id": "F1"}, FileGone("F1")),
        ({"type": "file_deleted"}, None),
        ({"type": "file_change", "file": {"id": "F1"}, "event_ts": "2"}, FileChanged("F1", "2")),
        ({"type": "file_change"}, None),
        ({"type": "channel_left", "channel": "C1"}, Left(PLACE)),
        ({"type": "channel_deleted"}, None),
        ({"type": "member_left_channel", "channel": "C1", "user": "UBOT"}, Left(PLACE)),
        ({"type": "member_left_channel", "channel": "C1", "user": "U1"}, Readers("C1")),
        ({"type": "channel_shared"}, None),
        ({"type": "user_change", "user": {"id": "U1"}}, Readers()),
        ({"type": "channel_rename", "channel": {"id": "C1"}}, None),
    ],
)
def test_what_goes_and_who_reads(event: dict[str, Any], meaning: News) -> None:
    assert news(event) == meaning


def pressed(value: str, **more: Any) -> News:
    body = {
        "type": "block_actions",
        "channel": {"id": "C1"},
        "user": {"id": "U1"},
        "actions": [{"action_id": LEARN, "value": value}],
        "container": {"message_ts": "9.9"},
        "response_url": "https://hooks.slack.com/x",
    }
    return read_news({**body, **more}, me=ME, rules=Rules(blocked_users=frozenset({"UBAD"})))


def test_the_button_remembers_what_it_asks_about() -> None:
    links = "".join(f"<https://example.com/{number}/{'a' * 300}>" for number in range(9))
    offer = news(message(files=[FILE], text=links, thread_ts="0.5"))
    assert isinstance(offer, Offer)
    value = value_of(offer)
    assert len(value) <= 2000
    found = pressed(value)
    assert isinstance(found, Pressed)
    assert found.offer.asked
    assert found.offer.message == "1.1"
    assert found.offer.items[0].id == "F1"
    assert 1 < len(found.offer.items) < 10, "as many as fit"


@pytest.mark.parametrize("value", ["", "{}", "[]", '{"ts": "1", "thread": "1", "files": [1], "links": []}'])
def test_a_button_that_makes_no_sense_is_ignored(value: str) -> None:
    assert pressed(value) is None


def test_other_buttons_and_other_people_are_ignored() -> None:
    assert pressed("{}", actions=[]) is None
    assert pressed("{}", user={"id": "UBAD"}) is None
    assert pressed("{}", channel=None) is None


def test_the_shortcut_reads_also_what_bots_share() -> None:
    shortcut = {"type": "message_action", "callback_id": "saseo_add", "trigger_id": "t", "channel": {"id": "D1"}}
    body = {**shortcut, "user": {"id": "U1"}}
    said = message(files=[FILE], bot_id="B1", text="Look")
    found = read_news({**body, "message": said}, me=ME, rules=Rules())
    assert isinstance(found, Chosen)
    assert found.words
    bare = read_news({**body, "message": message(files=[FILE])}, me=ME, rules=Rules())
    assert isinstance(bare, Chosen)
    assert not bare.words
    assert read_news({**body, "message": message(text="only words")}, me=ME, rules=Rules()) is None
    assert read_news(body, me=ME, rules=Rules()) is None


@pytest.mark.corpus
def test_every_body_that_is_documented_means_something() -> None:
    seen = Counter(type(read_news(body, me=Me("T111", "W111"), rules=Rules())).__name__ for _, body in bodies())
    assert seen["NoneType"] > 50
    assert seen["Offer"] > 0
