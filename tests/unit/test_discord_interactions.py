"""What commands, menus, buttons and dialogues of Discord mean, read from bodies as Discord sends them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.components import component_id, quoted
from adapters.discord.heard import Attachment
from adapters.discord.inbound import Asked, Ignored, Me, Rules
from adapters.discord.interactions import Interaction, Judged, Wanted, read_interaction_body
from tests.unit import discord_objects as objects

ME = Me("999", "888")
AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
NONE = "ignored: for this app there is nothing in it"
QUESTION = "discord:900:1:5"
FILE = {"id": "71", "filename": "a.pdf", "size": 12, "url": "https://cdn.discordapp.com/a", "content_type": "text/x"}
MESSAGE = {
    "id": "4",
    "content": "see <@701>",
    "mentions": [objects.user(701, global_name="Lee")],
    "attachments": [FILE],
}


def body(data: Any, *, kind: int = 2, **fields: Any) -> dict[str, Any]:
    """An interaction in channel 1 as the gateway sends it."""
    whole = {
        "id": "6",
        "application_id": "888",
        "type": kind,
        "token": "secret",
        "version": 1,
        "attachment_size_limit": 1000,
        "guild_id": str(objects.GUILD),
        "channel_id": "1",
        "channel": objects.channel(1),
        "member": {**objects.member(700), "permissions": "0"},
        "locale": "ko",
        "context": 0,
        "authorizing_integration_owners": {"0": str(objects.GUILD)},
        "data": data,
    }
    return {**whole, **fields}


def option(name: str, value: Any, kind: int = 3, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "value": value, **more}


def command(name: str, *options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "10", "name": name, "type": 1, "options": list(options), **more}


def pressed(custom_id: str, **more: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "component_type": 2, **more}


def filled(custom_id: str, *rows: Any) -> dict[str, Any]:
    return {"custom_id": custom_id, "components": list(rows)}


def meaning(raw: Mapping[str, Any], *, rules: Rules = Rules()) -> Interaction:  # noqa: B008
    return read_interaction_body(raw, me=ME, at=AT, rules=rules)


def told(found: Interaction) -> str:
    """A meaning in a few words."""
    if isinstance(found, Asked):
        return f"asked: {found.way}"
    if isinstance(found, Ignored):
        return f"ignored: {found.reason}"
    if isinstance(found, Wanted):
        return f"wanted: {found.wish}"
    return f"judged: {'helpful' if found.helpful else 'not helpful'}"


def place_of(found: Interaction) -> Asked:
    assert not isinstance(found, Ignored)
    return found if isinstance(found, Asked) else found.place


WITH_FILE = {"resolved": {"attachments": {"71": FILE, "72": None}}}
NAMES = {"resolved": {"users": {"701": objects.user(701)}, "channels": {"2": {"id": "2", "name": "hr"}}, "roles": 5}}
ON_MESSAGE = {"type": 3, "target_id": "4", "resolved": {"messages": {"4": MESSAGE}}}


@pytest.mark.parametrize(
    ("data", "expected", "text"),
    [
        (command("ask", option("question", "how?")), "asked: command", "how?"),
        (command("ask", option("question", "how?"), option("private", True, 5)), "asked: private", "how?"),
        (command("ask", option("question", "how?"), option("private", False, 5)), "asked: command", "how?"),
        (command("ask", option("question", "<@701> in <#2>?"), **NAMES), "asked: command", "@user701 in #hr?"),
        (command("ask"), "asked: command", ""),
        (command("ask", option("question", 5)), "asked: command", ""),
        (command("sources"), "wanted: sources", ""),
        (command("sources", option("words", " leave ")), "wanted: sources", "leave"),
        (command("add", option("link", "https://a.b")), "wanted: add", "https://a.b"),
        (command("add", option("file", "71", 11), **WITH_FILE), "wanted: add", ""),
        (command("forget"), "wanted: forget", ""),
        (command("forget", option("document", "abc")), "wanted: forget", "abc"),
        (command("help"), "wanted: help", ""),
        (command("dance"), NONE, ""),
        (command("Ask about this", **ON_MESSAGE), "asked: context_menu", "see @Lee"),
        (command("Add to knowledge", **ON_MESSAGE), "wanted: learn", "see @Lee"),
        (command("Add to knowledge", type=3, target_id="4"), "ignored: not complete", ""),
        ({}, NONE, ""),
    ],
)
def test_commands_and_menus(data: Any, expected: str, text: str) -> None:
    found = meaning(body(data))
    assert told(found) == expected
    if not isinstance(found, Ignored):
        assert place_of(found).text == text


def test_files_and_messages_come_along() -> None:
    file = Attachment("71", "a.pdf", "https://cdn.discordapp.com/a", 12, "text/x")
    assert place_of(meaning(body(command("add", **WITH_FILE)))).attachments == (file,)
    menu = place_of(meaning(body(command("Add to knowledge", **ON_MESSAGE))))
    assert (menu.reference, menu.attachments) == ("4", (file,))


def test_a_command_says_where_and_how_it_can_be_answered() -> None:
    raw = body(command("ask", option("question", "how?")))
    assert meaning(raw) == Asked(
        id="discord:900:1:6",
        way="command",
        guild="900",
        channel="1",
        user="700",
        text="how?",
        received_at=AT,
        locale="ko",
        interaction="6",
        token="secret",
        application="888",
    )
    thread = place_of(meaning({**raw, "channel": objects.thread(20, parent=1), "channel_id": "20"}))
    assert (thread.id, thread.channel, thread.thread) == ("discord:900:20:6", "1", "20")
    without = place_of(meaning({**raw, "channel": None}))
    assert (without.channel, without.thread) == ("1", "")


@pytest.mark.parametrize(
    ("fields", "outside"),
    [
        ({}, False),
        ({"authorizing_integration_owners": {"0": "900", "1": "700"}}, False),
        ({"authorizing_integration_owners": {"1": "700"}}, True),
        ({"authorizing_integration_owners": {"0": "901", "1": "700"}}, True),
        ({"authorizing_integration_owners": None}, False),
        ({"guild_id": None, "context": 1, "authorizing_integration_owners": {"1": "700"}}, False),
        ({"guild_id": None, "context": 1, "authorizing_integration_owners": {"0": "0"}}, False),
        ({"guild_id": None, "context": 2, "authorizing_integration_owners": {"1": "700"}}, True),
        ({"guild_id": None, "context": None, "authorizing_integration_owners": {"1": "700"}}, True),
    ],
)
def test_where_the_bot_is_no_member_only_the_asker_sees_its_answers(fields: dict[str, Any], *, outside: bool) -> None:
    found = place_of(meaning(body(command("ask", option("question", "how?")), **fields)))
    assert found.outside == outside
    assert found.way == ("private" if outside else "command")


def test_in_a_direct_message_the_person_is_named_elsewhere() -> None:
    raw = body(command("help"), guild_id=None, member=None, user=objects.user(700), channel={"id": "1", "type": 1})
    found = place_of(meaning(raw))
    assert (found.user, found.guild, found.direct) == ("700", "@me", True)


def shown(question: str) -> dict[str, Any]:
    return {"message": {"id": "9", "content": f"{quoted(question)}\n\nFifteen days [1]."}}


@pytest.mark.parametrize(
    ("data", "kind", "fields", "expected"),
    [
        (pressed(component_id("good", QUESTION)), 3, {}, "judged: helpful"),
        (pressed(component_id("bad", QUESTION)), 3, {}, "wanted: why"),
        (pressed("saseo:good"), 3, {}, "ignored: not complete"),
        (pressed("saseo:dance:x"), 3, {}, NONE),
        (pressed("other:good:x"), 3, {}, NONE),
        (pressed(component_id("share", QUESTION)), 3, shown("how?"), "asked: command"),
        (pressed(component_id("share", QUESTION)), 3, {}, "ignored: not complete"),
        (pressed(component_id("share", QUESTION)), 3, {"message": {"content": "> "}}, "ignored: not complete"),
        (pressed(component_id("server"), values=["900", 5]), 3, {}, "wanted: server"),
        (pressed(component_id("server"), values=[]), 3, {}, "ignored: not complete"),
        (command("forget", option("document", " han", focused=True)), 4, {}, "wanted: titles"),
        (command("forget", option("document", "han")), 4, {}, NONE),
        (filled(component_id("why", QUESTION)), 5, {}, "judged: not helpful"),
        (filled("saseo:why"), 5, {}, NONE),
        (filled("bug_modal"), 5, {}, NONE),
        ({}, 1, {}, NONE),
        (None, 3, {}, NONE),
    ],
)
def test_presses_choices_and_dialogues(data: Any, kind: int, fields: dict[str, Any], expected: str) -> None:
    assert told(meaning(body(data, kind=kind, **fields))) == expected


def test_what_is_pressed_says_which_question_it_is_about() -> None:
    good = meaning(body(pressed(component_id("good", QUESTION)), kind=3))
    assert isinstance(good, Judged)
    assert good.question == QUESTION
    bad = meaning(body(pressed(component_id("bad", QUESTION)), kind=3))
    assert isinstance(bad, Wanted)
    assert bad.about == QUESTION
    titles = meaning(body(command("forget", option("document", " han", focused=True)), kind=4))
    assert isinstance(titles, Wanted)
    assert (titles.about, titles.place.text) == ("forget", "han")
    chosen = meaning(body(pressed(component_id("server"), values=["901"]), kind=3))
    assert place_of(chosen).text == "901"


@pytest.mark.parametrize(
    "rows",
    [
        [{"type": 1, "components": [{"type": 4, "custom_id": "reason", "value": " too old "}]}],
        [{"type": 10, "content": "x"}, {"type": 18, "component": {"type": 4, "value": "too old"}}],
    ],
)
def test_what_was_missing_is_read_from_the_dialogue(rows: list[Any]) -> None:
    found = meaning(body(filled(component_id("why", QUESTION), *rows), kind=5))
    assert isinstance(found, Judged)
    assert (found.question, found.helpful, found.place.text) == (QUESTION, False, "too old")


def test_a_private_answer_is_shared_once_and_asked_again_for_everybody() -> None:
    first = meaning(body(pressed(component_id("share", QUESTION)), kind=3, **shown("how *many* @everyone?")))
    again = meaning(body(pressed(component_id("share", QUESTION)), kind=3, id="7", **shown("how *many* @everyone?")))
    assert isinstance(first, Asked)
    assert isinstance(again, Asked)
    assert first.text == "how *many* @everyone?"
    assert first.id == again.id
    assert first.id.startswith("discord:900:1:shared-")
    assert len(component_id("good", f"discord:{'9' * 20}:{'9' * 20}:shared-{'9' * 20}")) <= 100
    outside = {"authorizing_integration_owners": {"1": "700"}}
    found = meaning(body(pressed(component_id("share", QUESTION)), kind=3, **shown("how?"), **outside))
    assert told(found) == "ignored: not complete"


@pytest.mark.parametrize("field", ["id", "token", "member", "channel"])
def test_what_is_not_complete_is_left_alone(field: str) -> None:
    raw = {**body(command("help")), field: None, "channel_id": None if field == "channel" else "1"}
    assert told(meaning(raw)) == "ignored: not complete"


def test_rules_hold_for_commands_and_presses() -> None:
    rules = Rules(blocked_users=frozenset({"700"}))
    for data, kind in ((command("help"), 2), (pressed(component_id("good", QUESTION)), 3)):
        assert told(meaning(body(data, kind=kind), rules=rules)) == "ignored: not allowed here"


anything = st.recursive(
    st.none() | st.booleans() | st.integers(0, 20) | st.sampled_from(["ask", "4", "saseo:share:x", "Ask about this"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "value", "options", "resolved", "messages", "4", "type"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(body({}))), anything), st.sampled_from([2, 3, 4, 5]), anything)
def test_no_body_breaks_reading(fields: dict[str, Any], kind: int, data: Any) -> None:
    assert told(meaning({**body(data), "type": kind, **fields}))


def test_a_question_keeps_its_place() -> None:
    found = place_of(meaning(body(command("ask", option("question", "how?")))))
    assert Asked.load(found.dump()) == found == replace(found)
