"""The window with the settings of a channel in Slack: what it shows, and what is said by sending it."""

import json
from typing import Any

import pytest

from adapters.choosing import CHOICES, TEXTS, chosen, decided
from adapters.slack.commands import Decided, Wanted, read_command, read_interaction
from adapters.slack.inbound import Asked, Ignored, Me, Rules
from adapters.slack.window import SETTINGS, TEXT_LIMIT, form_of, origin_of, window
from core.channels import USUAL, ChannelSettings, changed
from core.messages import LOCALES
from tests.fakes.slack.blocks import check_blocks
from tests.fakes.slack.interacting import state_of
from tests.fakes.slack.methods.views import check_modal
from tests.fakes.slack.state import View

ME = Me("T1", "UBOT", "B1")
URL = "https://hooks.example/1"
DECIDED = ChannelSettings(
    "ask",
    enabled=False,
    notices=False,
    trigger="questions",
    session_scope="thread",
    tone="brief",
    instructions="Name the page.",
    sources=("public", "https://wiki.example/"),
    only_sources=True,
    languages=("ko", "en"),
)


def sent(settings: ChannelSettings, values: dict[str, Any] | None = None, **view: Any) -> dict[str, Any]:
    """The window as Slack sends it back."""
    body: Any = window(settings, channel="C1", response_url=URL, locale="en")
    shown = View("V1", "T1", "U1", body, "hash")
    state = {"values": state_of(shown, values or {})}
    whole = {"callback_id": SETTINGS, "private_metadata": body["private_metadata"], "state": state, **view}
    return {"type": "view_submission", "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "view": whole}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("settings", [USUAL, DECIDED])
def test_slack_takes_the_window(settings: ChannelSettings, locale: str) -> None:
    body: Any = window(settings, channel="C1", response_url=URL, locale=locale)
    check_modal(body)
    check_blocks(body["blocks"], surface="modal")
    assert [block["block_id"] for block in body["blocks"]] == [*CHOICES, *TEXTS]


@pytest.mark.parametrize("settings", [USUAL, DECIDED])
def test_a_window_that_is_sent_as_it_was_shown_changes_nothing(settings: ChannelSettings) -> None:
    found = read_interaction(sent(settings), me=ME, rules=Rules())
    assert isinstance(found, Decided)
    assert changed(settings, decided(found.form)) == settings
    place = found.place
    assert (place.channel, place.user, place.user_team, place.response_url) == ("C1", "U1", "T1", URL)


def test_what_is_chosen_and_written_is_what_is_decided() -> None:
    shown = chosen(DECIDED)
    values: dict[str, Any] = {name: {name: {"selected_option": {"value": shown[name]}}} for name in CHOICES}
    values |= {name: {name: {"value": shown[name]}} for name in TEXTS}
    assert changed(USUAL, decided(form_of(sent(USUAL, values)["view"]))) == DECIDED


def test_a_field_that_was_emptied_is_empty_and_one_that_was_not_shown_stays() -> None:
    many = ChannelSettings(sources=tuple(f"https://{number}.example/{'x' * 400}" for number in range(10)))
    assert len(chosen(many)["sources"]) > TEXT_LIMIT
    assert changed(many, decided(form_of(sent(many)["view"]))) == many
    cleared = sent(DECIDED, {"sources": {"sources": {"value": None}}})
    assert changed(DECIDED, decided(form_of(cleared["view"]))).sources == ()


def test_posts_are_of_platforms_with_forums() -> None:
    body: Any = window(ChannelSettings(trigger="posts"), channel="C1", response_url="", locale="en")
    (trigger,) = [block["element"] for block in body["blocks"] if block["block_id"] == "trigger"]
    assert [option["value"] for option in trigger["options"]] == ["mention", "questions"]
    assert trigger["initial_option"]["value"] == "mention"


@pytest.mark.parametrize("kept", ["", "C1", "[1, 2]", '["C1"]', "null"])
def test_a_window_without_its_channel_is_left_alone(kept: str) -> None:
    found = read_interaction(sent(USUAL, private_metadata=kept), me=ME, rules=Rules())
    assert isinstance(found, Ignored)
    assert origin_of({"private_metadata": kept}) == ("", "")


def test_whoever_is_not_listened_to_decides_nothing() -> None:
    found = read_interaction(sent(USUAL), me=ME, rules=Rules(blocked_users=frozenset({"U1"})))
    assert found == Ignored("not allowed here")
    strange = read_interaction({**sent(USUAL), "user": "U1"}, me=ME, rules=Rules())
    assert isinstance(strange, Decided)
    assert strange.place.user_team == ""


def test_the_command_opens_a_window() -> None:
    body = {"command": "/saseo", "text": "Settings", "channel_id": "C1", "user_id": "U1", "trigger_id": "9.9"}
    found = read_command(body, me=ME, rules=Rules())
    assert isinstance(found, Wanted)
    assert (found.wish, found.trigger) == ("settings", "9.9")
    assert isinstance(found.place, Asked)
    assert json.loads(str(window(USUAL, channel="C1", response_url=URL, locale="en")["private_metadata"])) == [
        "C1",
        URL,
    ]
