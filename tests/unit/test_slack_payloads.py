"""What every body that Bolt's own tests hold means for the bot, in a table."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from adapters.slack.inbound import Asked
from tests.corpus import shared_data
from tests.unit.test_slack_inbound import NONE, meaning, told


def kind(body: Mapping[str, Any]) -> str:
    """The name of a body in the table."""
    event = body.get("event")
    if isinstance(event, Mapping):
        return ".".join(
            filter(None, (str(event.get("type")), event.get("subtype"), "bot" if "bot_id" in event else ""))
        )
    if isinstance(body.get("command"), str):
        return "a command"
    return str(body.get("type"))


TABLE: Mapping[str, set[str]] = {
    "None": {f"ignored: {NONE}"},
    "app_home_opened": {"opened", f"ignored: {NONE}"},
    "app_mention": {"asked: mention", "ignored: not complete"},
    "app_uninstalled": {f"ignored: {NONE}"},
    "assistant_thread_context_changed": {f"ignored: {NONE}"},
    "assistant_thread_started": {f"ignored: {NONE}"},
    "block_actions": {f"ignored: {NONE}"},
    "block_suggestion": {f"ignored: {NONE}"},
    "channel_created": {f"ignored: {NONE}"},
    "a command": {"wanted: help", "ignored: not complete"},
    "dialog_cancellation": {f"ignored: {NONE}"},
    "dialog_submission": {f"ignored: {NONE}"},
    "dialog_suggestion": {f"ignored: {NONE}"},
    "events_api": {f"ignored: {NONE}"},
    "file_public": {f"ignored: {NONE}"},
    "file_shared": {f"ignored: {NONE}"},
    "function_executed": {f"ignored: {NONE}"},
    "interactive": {f"ignored: {NONE}"},
    "interactive_message": {f"ignored: {NONE}"},
    "link_shared": {f"ignored: {NONE}"},
    "member_joined_channel": {"changed"},
    "member_left_channel": {"changed"},
    "message": {
        "asked: direct",
        "asked: mention",
        "asked: follow_up",
        "ignored: not a conversation",
        "ignored: not complete",
        "ignored: said by itself",
        f"ignored: {NONE}",
    },
    "message.bot": {"ignored: a bot", "ignored: said by itself"},
    "message.bot_message.bot": {"ignored: a bot", "ignored: said by itself"},
    "message.channel_join": {"ignored: a notice of Slack"},
    "message.channel_leave": {"ignored: a notice of Slack"},
    "message.file_share": {"ignored: not a conversation", "ignored: not complete", "asked: direct", "asked: follow_up"},
    "message.message_changed": {"ignored: an edit or a deletion"},
    "message.message_deleted": {"ignored: an edit or a deletion"},
    "message.thread_broadcast": {"asked: follow_up"},
    "message_action": {f"ignored: {NONE}"},
    "message_metadata_posted.bot": {f"ignored: {NONE}"},
    "reaction_added": {f"ignored: {NONE}"},
    "shortcut": {f"ignored: {NONE}"},
    "slash_commands": {f"ignored: {NONE}"},
    "team_access_granted": {f"ignored: {NONE}"},
    "team_access_revoked": {f"ignored: {NONE}"},
    "tokens_revoked": {f"ignored: {NONE}"},
    "view_closed": {f"ignored: {NONE}"},
    "view_submission": {f"ignored: {NONE}"},
    "workflow_step_edit": {f"ignored: {NONE}"},
    "workflow_step_execute": {f"ignored: {NONE}"},
}
"""What each kind of body may mean."""


def bodies() -> Iterator[tuple[str, Mapping[str, Any]]]:
    loaded: Mapping[str, Any] = json.loads(shared_data("slack_payloads", "payloads.json").read_text("utf-8"))
    for name, body in loaded.items():
        yield name, body
        if isinstance(body.get("payload"), Mapping):
            yield f"{name} (payload)", body["payload"]
        elif body.get("type") in ("message", "app_home_opened", "app_mention"):
            yield f"{name} (as an event)", {"type": "event_callback", "event": body}


@pytest.mark.corpus
def test_every_body_means_something_stated() -> None:
    seen: dict[str, set[str]] = {}
    for name, body in bodies():
        found = meaning(body)
        word = kind(body)
        seen.setdefault(word, set()).add(told(found))
        assert told(found) in TABLE.get(word, set()), (name, word, told(found))
    assert seen == {word: TABLE[word] for word in seen}, "the table says no more than is so"
    assert set(TABLE) == set(seen)


@pytest.mark.corpus
def test_what_is_asked_in_them_is_asked_rightly() -> None:
    asked = [found for _, body in bodies() if isinstance(found := meaning(body), Asked)]
    assert Counter(found.way for found in asked)["mention"] > 40
    mention = next(found for found in asked if found.text == "Hi there!")
    assert mention == Asked(
        id="slack:T111:C111:1595926230.009600",
        way="mention",
        team="T111",
        channel="C111",
        user="W222",
        text="Hi there!",
        ts="1595926230.009600",
        thread="1595926230.009600",
        user_team="T111",
    )
    direct = next(found for found in asked if found.way == "direct")
    assert (direct.text, direct.thread, direct.kind) == ("When Slack was released?", "1726133698.626339", "im")
