"""What is said in Discord to nobody in particular, and posts that are opened."""

from typing import Any

import pytest

from adapters.discord.inbound import Asked, Rules, read_message
from tests.unit import discord_objects as objects
from tests.unit.discord_bodies import hear_body
from tests.unit.test_discord_inbound import AT, ME, SOMEBODY, body, meaning, replying, told

ASKS = "How many days of leave do we have?"


@pytest.mark.parametrize(
    ("fields", "parent", "expected"),
    [
        ({"content": ASKS}, "", "asked: overheard"),
        ({"content": "I am late today."}, "", "ignored: not a conversation"),
        ({"content": ""}, "", "ignored: not a conversation"),
        ({"content": f"<@700> {ASKS}"}, "", "ignored: not a conversation"),
        ({"content": ASKS, "webhook_id": "5"}, "", "ignored: a bot"),
        (replying(SOMEBODY, content=ASKS), "", "ignored: not a conversation"),
        ({"content": ASKS}, "1", "asked: follow_up"),
        ({"content": "I am late today.", "id": "20", "channel_id": "20"}, "1", "asked: post"),
        ({"content": "", "id": "20", "channel_id": "20"}, "1", "ignored: for somebody else"),
        ({"content": f"<@700> {ASKS}", "id": "20", "channel_id": "20"}, "1", "ignored: for somebody else"),
    ],
)
def test_what_is_said_to_nobody_in_particular_may_be_heard(fields: dict[str, Any], parent: str, expected: str) -> None:
    assert told(meaning(body(**fields), parent=parent)) == expected


def test_a_bot_that_is_listened_to_is_not_overheard() -> None:
    rules = Rules(allowed_bots=frozenset({"601"}))
    raw = body(author=objects.user(601, bot=True), content=ASKS)
    assert told(meaning(raw, rules=rules)) == "ignored: not a conversation"


def test_the_title_of_a_post_belongs_to_what_is_asked() -> None:
    opened = hear_body(body(content="Interns as well?", id="20", channel_id="20"), parent="1", title="Days of leave")
    found = read_message(opened, me=ME, at=AT)
    assert isinstance(found, Asked)
    assert found.text == "Days of leave\nInterns as well?"
