"""What every body in Discord's own documentation means for the bot, in a table."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from adapters.discord.inbound import Asked, read_message
from tests.corpus import shared_data
from tests.unit.discord_bodies import hear_body
from tests.unit.test_discord_interactions import AT, ME, meaning, told

NONE = "ignored: for this app there is nothing in it"
NOTICE = "ignored: a notice of Discord"
PART = "ignored: not complete"

TABLE: Mapping[str, tuple[set[str], set[str]]] = {
    "components-reference": ({PART, NOTICE}, {NONE}),
    "components-using-message-components": ({PART}, {NONE}),
    "components-using-modal-components": ({NOTICE}, {NONE}),
    "events-gateway": ({PART}, {NONE}),
    "events-gateway-events": ({PART, NOTICE}, {NONE}),
    "interactions-application-commands": ({PART, NOTICE}, {PART, NONE}),
    "reference": ({PART}, {NONE}),
    "resources-application": ({PART}, {NONE}),
    "resources-channel": ({PART, NOTICE}, {PART, NONE}),
    "resources-guild": ({PART}, {NONE}),
    "resources-message": ({PART, "asked: direct"}, {NONE}),
    "resources-user": ({PART}, {NONE}),
    "resources-webhook": ({NOTICE}, {PART, NONE}),
    "topics-permissions": ({PART}, {NONE}),
}
"""By page: what its bodies mean as a message, and as an interaction."""

MESSAGES = {"resources-message-038": "Supa Hot", "resources-message-039": "Big news! In this #big-news channel!"}
INTERACTIONS = {
    "interactions-application-commands-003": NONE,
    "interactions-application-commands-009": NONE,
    "interactions-application-commands-011": NONE,
    "interactions-application-commands-013": PART,
}
"""Commands of another app; the last one names nobody."""


def bodies() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(shared_data("discord_samples").glob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        if isinstance(body, dict):
            yield path.stem, body
            if isinstance(body.get("d"), dict):
                yield path.stem, body["d"]


@pytest.mark.corpus
def test_every_body_means_something_stated() -> None:
    seen: dict[str, tuple[set[str], set[str]]] = {}
    for name, body in bodies():
        as_message = told(read_message(hear_body(body), me=ME, at=AT))
        as_interaction = told(meaning(body))
        messages, interactions = seen.setdefault(re.sub(r"-\d+$", "", name), (set(), set()))
        messages.add(as_message)
        interactions.add(as_interaction)
    assert seen == TABLE


@pytest.mark.corpus
def test_messages_and_commands_mean_what_is_stated() -> None:
    named = dict(bodies())
    for name, text in MESSAGES.items():
        # REST does not say in which server a message stands; whoever asked for it knows.
        direct = read_message(hear_body(named[name]), me=ME, at=AT)
        assert isinstance(direct, Asked)
        assert (direct.way, direct.text, direct.reference) == ("direct", text, "")
        assert told(read_message(hear_body(named[name], guild="1"), me=ME, at=AT)) == "ignored: not a conversation"
    for name, expected in INTERACTIONS.items():
        assert told(meaning(named[name])) == expected


@pytest.mark.corpus
def test_the_documented_command_would_be_a_question_of_ours() -> None:
    body = dict(bodies())["interactions-application-commands-003"]
    data = {"name": "ask", "type": 1, "options": [{"name": "question", "type": 3, "value": "The Gitrog Monster"}]}
    found = meaning({**body, "data": data})
    assert isinstance(found, Asked)
    assert (found.id, found.user) == (
        "discord:290926798626357999:645027906669510667:786008729715212338",
        "53908232506183680",
    )
    menu = dict(bodies())["interactions-application-commands-011"]
    renamed = meaning({**menu, "data": {**menu["data"], "name": "Ask about this"}})
    assert isinstance(renamed, Asked)
    assert (renamed.way, renamed.text, renamed.reference) == ("context_menu", "some message", "867793854505943041")
