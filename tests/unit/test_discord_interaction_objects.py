"""Interactions as discord.py has them, and the ids and quotations by which a press finds its question again."""

from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.components import QUOTED_LIMIT, component_id, question_in, quoted, read_id
from adapters.discord.interactions import read_interaction
from tests.unit import discord_objects as objects
from tests.unit.test_discord_interactions import (
    AT,
    ME,
    QUESTION,
    body,
    command,
    filled,
    meaning,
    option,
    pressed,
    shown,
    told,
)


async def test_objects_are_read_like_bodies() -> None:
    owner = objects.client()
    objects.guild(owner, everyone=1 << 10, channels=[objects.channel(1)], threads=[objects.thread(20, parent=1)])
    direct: dict[str, Any] = {"channel": {"id": "1", "type": 1, "recipients": []}, "user": objects.user(700)}
    said: dict[str, Any] = {
        "message": {
            "id": "9",
            "channel_id": "1",
            "type": 0,
            "author": objects.user(999),
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            "attachments": [],
            "embeds": [],
            "edited_timestamp": None,
            "timestamp": "2026-01-01T00:00:00+00:00",
            "pinned": False,
            "tts": False,
            **shown("how?")["message"],
        }
    }
    ask = command("ask", option("question", "how?"))
    cases = [
        body(ask),
        body(ask, channel=objects.thread(20, parent=1), channel_id="20"),
        body(ask, channel=objects.thread(21, parent=1), channel_id="21"),
        body(ask, authorizing_integration_owners={"1": "700"}),
        body(ask, authorizing_integration_owners={"0": "900", "1": "700"}),
        {**body(ask, context=1, authorizing_integration_owners={"0": "0"}, **direct), "guild_id": None, "member": None},
        {**body(ask, context=2, authorizing_integration_owners={"1": "700"}, **direct), "guild_id": None},
        body(pressed(component_id("share", QUESTION)), kind=3, **said),
        body(command("forget", option("document", "han", focused=True)), kind=4),
        body(filled(component_id("why", QUESTION)), kind=5),
    ]
    for raw in cases:
        kept = {name: value for name, value in raw.items() if value is not None}
        interaction = discord.Interaction(data=cast("Any", kept), state=owner._connection)
        assert read_interaction(interaction, me=ME, at=AT) == meaning(raw), raw


async def test_an_interaction_of_nobody_and_nowhere_is_left_alone() -> None:
    owner = objects.client()
    raw = body(command("help"))
    for name in ("member", "guild_id", "channel", "channel_id", "data", "context", "authorizing_integration_owners"):
        del raw[name]
    interaction = discord.Interaction(data=cast("Any", raw), state=owner._connection)
    assert told(read_interaction(interaction, me=ME, at=AT)) == "ignored: not complete"


def test_ids_of_components_are_short_and_come_back() -> None:
    assert read_id(component_id("good", QUESTION)) == ("good", QUESTION)
    assert read_id(component_id("server")) == ("server", "")
    assert read_id("") == ("", "")
    assert component_id("good", "q" * 89)
    with pytest.raises(ValueError, match="too long"):
        component_id("good", "q" * 90)


@given(st.text(alphabet="ab *_`~|<>@#:-\\[]()1가🙂\n", max_size=60))
def test_a_question_is_found_again_in_what_is_shown_of_it(question: str) -> None:
    assert question_in(f"{quoted(question)}\nthe answer") == " ".join(question.split())


def test_a_question_that_is_not_shown_whole_is_not_found() -> None:
    assert question_in(quoted("q" * QUOTED_LIMIT)) == "q" * QUOTED_LIMIT
    assert question_in(quoted("q" * (QUOTED_LIMIT + 1))) == ""
    assert question_in("no question") == ""
