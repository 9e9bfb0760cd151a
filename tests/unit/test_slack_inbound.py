"""What events, commands and interactions of Slack mean for the bot."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.commands import Adding, Judged, Wanted, read_command, read_interaction
from adapters.slack.inbound import Asked, Changed, Ignored, Me, Opened, Rules, read_event

ME = Me("T111", "W111", "B111")
RULES = Rules()
NONE = "for this app there is nothing in it"


def meaning(body: Mapping[str, Any], *, me: Me = ME, rules: Rules = RULES) -> Any:
    """As the reception reads it."""
    if isinstance(body.get("command"), str):
        return read_command(body, me=me, rules=rules)
    if "event" not in body:
        return read_interaction(body, me=me, rules=rules)
    return read_event(body, me=me, rules=rules)


def told(found: Any) -> str:
    """A meaning in a few words."""
    if isinstance(found, Asked):
        return f"asked: {found.way}"
    if isinstance(found, Ignored):
        return f"ignored: {found.reason}"
    if isinstance(found, Wanted):
        return f"wanted: {found.wish}"
    return type(found).__name__.lower()


def event(**fields: Any) -> dict[str, Any]:
    whole = {"type": "message", "channel": "C1", "user": "U1", "ts": "17.1", "text": "hello", "team": "T111"}
    return {"type": "event_callback", "event": {**whole, **fields}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "ignored: not a conversation"),
        ({"text": "<@W111> hi"}, "asked: mention"),
        ({"text": "<@W111|saseo> hi"}, "asked: mention"),
        ({"text": "<@W1111> hi"}, "ignored: not a conversation"),
        ({"type": "app_mention", "text": ""}, "asked: mention"),
        ({"thread_ts": "16.0"}, "asked: follow_up"),
        ({"thread_ts": "16.0", "text": "<@U9> look"}, "ignored: for somebody else"),
        ({"thread_ts": "16.0", "text": "<@U9> and <@W111> look"}, "asked: mention"),
        ({"channel": "D1"}, "asked: direct"),
        ({"channel_type": "im"}, "asked: direct"),
        ({"channel": "D1", "user": "W111"}, "ignored: said by itself"),
        ({"channel": "D1", "bot_id": "B111"}, "ignored: said by itself"),
        ({"channel": "D1", "bot_id": "B9"}, "ignored: a bot"),
        ({"channel": "D1", "bot_profile": {"id": "B9"}}, "ignored: a bot"),
        ({"channel": "D1", "user": "USLACKBOT"}, "ignored: a bot"),
        ({"channel": "D1", "hidden": True}, "ignored: an edit or a deletion"),
        ({"channel": "D1", "subtype": "message_replied"}, "ignored: an edit or a deletion"),
        ({"channel": "D1", "subtype": "channel_topic"}, "ignored: a notice of Slack"),
        ({"channel": "D1", "subtype": "me_message"}, "asked: direct"),
        ({"channel": "D1", "ts": None}, "ignored: not complete"),
        ({"channel": None}, "ignored: not complete"),
        ({"channel": "D1", "user": None}, "ignored: not complete"),
        ({"type": "channel_rename", "channel": {"id": "C1"}}, "changed"),
        ({"type": "user_change", "user": {"id": "U1"}}, "changed"),
        ({"type": "team_join", "user": "U1"}, "changed"),
        ({"type": "app_home_opened", "tab": "home"}, "opened"),
        ({"type": "link_shared", "channel": "COMPOSER"}, f"ignored: {NONE}"),
    ],
)
def test_a_message_is_for_the_bot_or_not(fields: dict[str, Any], expected: str) -> None:
    assert told(meaning(event(**fields))) == expected


def test_the_twins_of_a_mention_are_one_question() -> None:
    mention = meaning(event(type="app_mention", text="<@W111> hi"))
    message = meaning(event(text="<@W111> hi", channel_type="channel"))
    assert mention.id == message.id
    assert mention.text == message.text


def test_people_of_other_companies_are_noticed() -> None:
    assert meaning(event(channel="D1", user_team="T222")).shared
    assert meaning({**event(channel="D1"), "is_ext_shared_channel": True}).shared
    assert not meaning(event(channel="D1")).shared
    assert meaning(event(channel="D1", user_team="T222")).user_team == "T222"


def test_files_are_counted() -> None:
    assert meaning(event(channel="D1", subtype="file_share", files=[{}, {}])).files == 2
    assert meaning(event(channel="D1", files="no list")).files == 0


@pytest.mark.parametrize(
    ("rules", "answered"),
    [
        (Rules(), True),
        (Rules(allowed_channels=frozenset({"C1"})), True),
        (Rules(allowed_channels=frozenset({"C2"})), False),
        (Rules(blocked_channels=frozenset({"C1"})), False),
        (Rules(allowed_users=frozenset({"U1"})), True),
        (Rules(allowed_users=frozenset({"U2"})), False),
        (Rules(blocked_users=frozenset({"U1"})), False),
    ],
)
def test_rules_say_where_and_whom_it_answers(rules: Rules, *, answered: bool) -> None:
    command = {"command": "/ask", "text": "hi", "channel_id": "C1", "user_id": "U1", "trigger_id": "t"}
    press = {"type": "block_actions", "channel": {"id": "C1"}, "user": {"id": "U1"}, "actions": [feedback()]}
    for body in (event(type="app_mention"), command, press):
        found = meaning(body, rules=rules)
        assert isinstance(found, Ignored) != answered


def feedback(value: str = "good slack:T111:C1:17.1") -> dict[str, str]:
    return {"action_id": "saseo_feedback", "type": "feedback_buttons", "value": value}


@pytest.mark.parametrize(
    ("command", "text", "expected", "rest"),
    [
        ("/ask", "how many days?", "asked: command", "how many days?"),
        ("/ask", "private how many days?", "asked: private", "how many days?"),
        ("/ask", "비공개 휴가는?", "asked: private", "휴가는?"),
        ("/ask", "privately held companies?", "asked: command", "privately held companies?"),
        ("/ask", "&lt;b&gt; for <@U2|kim> in <#C2|hr>?", "asked: command", "<b> for @kim in #hr?"),
        ("/ask", "  ", "wanted: help", ""),
        ("/saseo", "ask how?", "asked: command", "how?"),
        ("/saseo", "ASK private how?", "asked: private", "how?"),
        ("/saseo", "sources leave", "wanted: sources", "leave"),
        ("/saseo", "forget", "wanted: forget", ""),
        ("/saseo", "", "wanted: help", ""),
        ("/saseo", "dance", "wanted: help", ""),
        ("/sources", "", "wanted: sources", ""),
        ("/forget", "abc", "wanted: forget", "abc"),
        ("/unknown", "x", "wanted: help", "x"),
    ],
)
def test_commands(command: str, text: str, expected: str, rest: str) -> None:
    body = {"command": command, "text": text, "channel_id": "C1", "user_id": "U1", "trigger_id": "t", "team_id": "T111"}
    found = meaning(body)
    assert told(found) == expected
    asked = found if isinstance(found, Asked) else found.place
    if "help" not in expected or rest:
        assert asked.text == rest


def test_a_command_that_lacks_what_it_needs_is_ignored() -> None:
    assert told(meaning({"command": "/ask", "text": "hi"})) == "ignored: not complete"


def test_buttons_and_shortcuts() -> None:
    place = {"type": "block_actions", "channel": {"id": "C1"}, "user": {"id": "U1"}, "trigger_id": "t"}
    good = meaning({**place, "actions": [feedback()]})
    assert isinstance(good, Judged)
    assert (good.question, good.helpful) == ("slack:T111:C1:17.1", True)
    assert not meaning({**place, "actions": [feedback("bad q")]}).helpful
    assert told(meaning({**place, "actions": [feedback("good")]})) == "ignored: not complete"
    shared = [meaning({**place, "actions": [{"action_id": "saseo_share", "value": "how?"}]}) for _ in range(2)]
    assert shared[0].id == shared[1].id
    assert (shared[0].way, shared[0].text) == ("command", "how?")
    assert told(meaning({**place, "actions": [{"action_id": "saseo_share"}]})) == "ignored: not complete"
    message = {"ts": "17.1", "text": "All <@U2|kim> &amp; co"}
    added = meaning({**place, "type": "message_action", "callback_id": "saseo_add", "message": message})
    assert isinstance(added, Adding)
    assert (added.message, added.place.text) == ("17.1", "All @kim & co")


def test_changes_name_whom_and_where() -> None:
    assert meaning(event(type="member_joined_channel")) == Changed(channel="C1")
    assert meaning(event(type="user_change", user={"id": "U7"})) == Changed(user="U7")
    assert meaning(event(type="app_home_opened", tab="home")) == Opened("U1", "C1", "home")


def test_a_question_survives_being_kept() -> None:
    asked = meaning(event(channel="D1", files=[{}]))
    assert Asked.load(json.loads(json.dumps(asked.dump()))) == asked
    assert Asked.load({**asked.dump(), "of_a_later_release": 1}) == asked


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["message", "app_mention", "D1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
NAMES = "type subtype user channel ts thread_ts text team files bot_id tab channel_type hidden user_team".split()
MORE = "command text channel_id user_id actions message callback_id team view container trigger_id".split()


@UNHURRIED
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)))
def test_no_event_breaks_it(fields: dict[str, Any]) -> None:
    told(meaning({"event": fields}))
    told(meaning({"event": {"type": "message", **fields}}))


@UNHURRIED
@given(st.fixed_dictionaries({}, optional=dict.fromkeys({*NAMES, *MORE}, JSON)))
def test_no_interaction_breaks_it(fields: dict[str, Any]) -> None:
    for more in (
        {},
        {"command": "/ask"},
        {"type": "block_actions"},
        {"type": "message_action", "callback_id": "saseo_add"},
        {"type": "view_submission"},
        {"type": "view_submission", "view": {"callback_id": "saseo_why", "private_metadata": "C1 q", **fields}},
        {"type": "view_submission", "view": {"private_metadata": "C1 q", "state": {"values": fields}}},
    ):
        told(meaning({**fields, **more}))


ASKS = "How many days of leave do we have?"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": ASKS}, "asked: overheard"),
        ({"text": ASKS, "channel_type": "mpim"}, "asked: overheard"),
        ({"text": f"<@U9> {ASKS}"}, "ignored: not a conversation"),
        ({"text": ASKS, "thread_ts": "16.0"}, "asked: follow_up"),
        ({"text": ASKS, "bot_id": "B9"}, "ignored: a bot"),
        ({"text": "I am late today."}, "ignored: not a conversation"),
        ({"text": ASKS, "channel": "D1"}, "asked: direct"),
    ],
)
def test_a_question_to_nobody_in_particular_is_overheard(fields: dict[str, Any], expected: str) -> None:
    assert told(meaning(event(**fields))) == expected


def test_a_bot_that_is_listened_to_is_not_overheard() -> None:
    rules = Rules(allowed_bots=frozenset({"B9"}))
    assert told(meaning(event(text=ASKS, bot_id="B9"), rules=rules)) == "ignored: not a conversation"
    assert told(meaning(event(text=f"<@W111> {ASKS}", bot_id="B9"), rules=rules)) == "asked: mention"
