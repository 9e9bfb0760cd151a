"""What messages in Discord mean for the bot, read from bodies and from discord.py's objects alike."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.heard import Attachment, hear
from adapters.discord.inbound import Asked, Ignored, Me, Rules, read_message
from core.types import Session
from tests.unit import discord_objects as objects
from tests.unit.discord_bodies import hear_body

ME = Me("999", "888", frozenset({"66"}))
AT = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
PICTURE = {"id": "71", "filename": "a.pdf", "size": 12, "url": "https://cdn.discordapp.com/a", "proxy_url": "x"}
BOT = objects.user(objects.BOT, bot=True)
SOMEBODY = objects.user(700, global_name="Kim")


def body(**fields: Any) -> dict[str, Any]:
    """A message in channel 1 as the gateway sends it."""
    whole = {
        "id": "5",
        "channel_id": "1",
        "guild_id": str(objects.GUILD),
        "type": 0,
        "content": "hello",
        "author": SOMEBODY,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "edited_timestamp": None,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "pinned": False,
        "mention_everyone": False,
        "tts": False,
    }
    return {**whole, **fields}


def replying(author: Mapping[str, Any], *, text: str = "the answer", pinged: bool = False, **more: Any) -> Any:
    replied = body(id="4", content=text, author=author)
    reference = {"message_id": "4", "channel_id": "1", "guild_id": "900", "type": 0}
    mentions = [author] if pinged else []
    return {"type": 19, "message_reference": reference, "referenced_message": replied, "mentions": mentions, **more}


def meaning(raw: Mapping[str, Any], *, parent: str = "", rules: Rules = Rules()) -> Asked | Ignored:  # noqa: B008
    return read_message(hear_body(raw, parent=parent), me=ME, at=AT, rules=rules)


def told(found: Asked | Ignored) -> str:
    """A meaning in a few words."""
    return f"asked: {found.way}" if isinstance(found, Asked) else f"ignored: {found.reason}"


EMPTY: dict[str, Any] = {"timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "mentions": []}
PING: dict[str, Any] = {"content": "<@999> hi", "mentions": [BOT]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "ignored: not a conversation"),
        (PING, "asked: mention"),
        ({"content": "<@!999> hi", "mentions": [BOT]}, "asked: mention"),
        ({"content": "<@999>", "mentions": [BOT]}, "asked: mention"),
        ({"content": "<@9991> hi"}, "ignored: not a conversation"),
        ({"content": "<@&66> hi", "mention_roles": ["66"]}, "asked: mention"),
        ({"content": "", "mention_roles": ["66"]}, "ignored: not a conversation"),
        ({"content": "@everyone hi", "mention_everyone": True}, "ignored: not a conversation"),
        (replying(BOT, pinged=True), "asked: reply"),
        (replying(BOT), "asked: reply"),
        (replying(BOT, content=""), "ignored: not a conversation"),
        (replying(BOT, content="", attachments=[PICTURE]), "asked: reply"),
        (replying(BOT, content="", pinged=True), "asked: reply"),
        (replying(SOMEBODY, pinged=True), "ignored: not a conversation"),
        (replying(SOMEBODY, **PING), "asked: mention"),
        ({"type": 19, "mentions": [BOT]}, "asked: reply"),
        ({"guild_id": None}, "asked: direct"),
        ({"guild_id": None, "content": "", "attachments": [PICTURE]}, "asked: direct"),
        ({"author": BOT, **PING}, "ignored: said by itself"),
        ({"author": objects.user(601, bot=True), **PING}, "ignored: a bot"),
        ({"webhook_id": "602", **PING}, "ignored: a bot"),
        *(({"type": kind, **PING}, "ignored: a notice of Discord") for kind in (1, 6, 7, 8, 18, 20, 21, 23, 46, 999)),
        ({"author": None, **PING}, "ignored: not complete"),
        ({"id": None, **PING}, "ignored: not complete"),
        ({"channel_id": None, **PING}, "ignored: not complete"),
    ],
)
def test_a_message_is_for_the_bot_or_not(fields: dict[str, Any], expected: str) -> None:
    assert told(meaning(body(**fields))) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "asked: follow_up"),
        ({"content": ""}, "ignored: for this app there is nothing in it"),
        ({"content": "", "attachments": [PICTURE]}, "asked: follow_up"),
        ({"content": "<@701> look"}, "ignored: for somebody else"),
        ({"content": "<@&55> look"}, "ignored: for somebody else"),
        ({"content": "<@701> and <@999> look", "mentions": [BOT]}, "asked: mention"),
        ({"content": "what does <@701> mean?"}, "asked: follow_up"),
        (replying(SOMEBODY), "ignored: for somebody else"),
        (replying(BOT), "asked: reply"),
        (PING, "asked: mention"),
    ],
)
def test_in_a_thread_it_need_not_be_called_again(fields: dict[str, Any], expected: str) -> None:
    assert told(meaning(body(channel_id="20", **fields), parent="1")) == expected


def test_a_question_says_where_it_stands() -> None:
    assert meaning(body(**PING)) == Asked(
        id="discord:900:1:5",
        way="mention",
        guild="900",
        channel="1",
        user="700",
        text="hi",
        received_at=AT,
        message="5",
        application="888",
    )
    found = meaning(body(channel_id="20", **PING), parent="1")
    assert isinstance(found, Asked)
    assert (found.id, found.channel, found.thread, found.target) == ("discord:900:20:5", "1", "20", "20")
    assert found.place == "discord:900:20"
    assert found.session() == Session("discord", "900", "1")
    assert found.session(scope="thread") == Session("discord", "900", "1/20")
    assert not found.direct


def test_a_direct_message_is_its_own_channel() -> None:
    found = meaning(body(guild_id=None))
    assert isinstance(found, Asked)
    assert (found.id, found.place, found.direct) == ("discord:@me:1:5", "discord:@me:1", True)
    assert found.session(scope="thread") == Session.parse("discord:@me:1")


def test_what_is_replied_to_comes_along() -> None:
    found = meaning(body(**replying(BOT, text="<@999> said <@700>" + "x" * 5000)))
    assert isinstance(found, Asked)
    assert (found.reference, found.about_me) == ("4", True)
    assert found.about.startswith("said @700x")
    assert len(found.about) == 4000
    other = meaning(body(**replying(SOMEBODY, **PING)))
    assert isinstance(other, Asked)
    assert (other.about, other.about_me) == ("the answer", False)


def test_the_bots_own_role_is_taken_out_of_the_question() -> None:
    found = meaning(body(content="<@&66> ask <@&55> how?", mention_roles=["66", "55"]))
    assert isinstance(found, Asked)
    assert found.text == "ask @55 how?"


def test_what_is_forwarded_comes_along() -> None:
    snapshot = {"message": {"content": "from elsewhere", "type": 0, "attachments": []}}
    reference = {"type": 1, "message_id": "3", "channel_id": "2"}
    found = meaning(body(guild_id=None, content="", message_reference=reference, message_snapshots=[snapshot]))
    assert isinstance(found, Asked)
    assert (found.text, found.about, found.reference) == ("", "from elsewhere", "")


def test_attachments_come_along_and_are_bounded() -> None:
    broken = [{"id": "72"}, "no attachment"]
    found = meaning(body(guild_id=None, attachments=[PICTURE, *broken, *[PICTURE] * 20]))
    assert isinstance(found, Asked)
    assert found.attachments == (Attachment("71", "a.pdf", "https://cdn.discordapp.com/a", 12),) * 10


@pytest.mark.parametrize(
    ("rules", "answered"),
    [
        (Rules(), True),
        (Rules(allowed_channels=frozenset({"1"})), True),
        (Rules(allowed_channels=frozenset({"20"})), True),
        (Rules(allowed_channels=frozenset({"2"})), False),
        (Rules(blocked_channels=frozenset({"1"})), False),
        (Rules(blocked_channels=frozenset({"20"})), False),
        (Rules(allowed_users=frozenset({"700"})), True),
        (Rules(allowed_users=frozenset({"701"})), False),
        (Rules(blocked_users=frozenset({"700"})), False),
    ],
)
def test_rules_say_where_and_whom_it_answers(rules: Rules, *, answered: bool) -> None:
    found = meaning(body(channel_id="20", **PING), parent="1", rules=rules)
    assert told(found) == ("asked: mention" if answered else "ignored: not allowed here")


def test_only_bots_that_are_allowed_are_answered_but_never_itself() -> None:
    rules = Rules(allowed_bots=frozenset({"601", "602", "999"}))
    assert told(meaning(body(author=objects.user(601, bot=True), **PING), rules=rules)) == "asked: mention"
    assert told(meaning(body(author=objects.user(602), webhook_id="602", **PING), rules=rules)) == "asked: mention"
    assert told(meaning(body(author=BOT, **PING), rules=rules)) == "ignored: said by itself"


def test_the_inbox_gives_back_what_it_was_given() -> None:
    found = meaning(body(attachments=[PICTURE], **PING))
    assert isinstance(found, Asked)
    whole = replace(found, interaction="4", token="secret", locale="ko")
    kept = json.loads(json.dumps(whole.dump()))
    assert Asked.load({**kept, "later": 1}) == whole
    assert Asked.load({**kept, "attachments": [{**kept["attachments"][0], "later": 1}]}) == whole
    del kept["attachments"]
    assert Asked.load(kept) == replace(whole, attachments=())
    assert "secret" not in repr(whole)
    assert whole.expires_at == AT + timedelta(minutes=15)


def heard(owner: discord.Client, raw: Mapping[str, Any], channel: Any) -> Any:
    message = discord.Message(state=owner._connection, channel=channel, data=cast("Any", dict(raw)))
    return hear(message)


async def test_objects_are_read_like_bodies() -> None:
    owner = objects.client()
    guild = objects.guild(
        owner,
        everyone=1 << 10,
        roles=[objects.role(66, 0)],
        channels=[objects.channel(1)],
        threads=[objects.thread(20, parent=1)],
    )
    cases = [
        body(),
        body(**PING, attachments=[{**PICTURE, "content_type": "application/pdf"}]),
        body(**replying(BOT, pinged=True)),
        body(**replying(SOMEBODY)),
        body(**{**replying(BOT), "referenced_message": None}),
        body(author=BOT, webhook_id="5"),
        body(
            content="",
            message_reference={"type": 1, "message_id": "3", "channel_id": "2"},
            message_snapshots=[{"message": {"content": "far", "type": 0, "attachments": [], "embeds": [], **EMPTY}}],
        ),
    ]
    for raw in cases:
        assert heard(owner, raw, guild.get_channel(1)) == hear_body(raw)
    raw = body(channel_id="20")
    assert heard(owner, raw, guild.get_thread(20)) == hear_body(raw, parent="1", title=str(guild.get_thread(20)))
    assert hear_body(body(mentions=[{**SOMEBODY, "member": {"nick": "Kimi"}}])).names == {"700": "Kimi"}


async def test_a_channel_that_not_everybody_sees_is_not_named() -> None:
    owner = objects.client()
    seen, hidden, gone = 10**17 + 1, 10**17 + 2, 10**17 + 3
    threads = {parent + 10: parent for parent in (seen, hidden, gone)}
    guild = objects.guild(
        owner,
        everyone=1 << 10,
        roles=[objects.role(66, 0)],
        channels=[objects.channel(seen), objects.channel(hidden, [objects.overwrite(objects.GUILD, deny=1 << 10)])],
        threads=[objects.thread(number, parent=parent) for number, parent in threads.items()],
    )
    text = "<@700> <@&66>" + "".join(f" <#{number}>" for number in (seen, hidden, gone, *threads))
    found = heard(owner, body(content=text, mentions=[SOMEBODY], mention_roles=["66"]), guild.get_channel(seen))
    thread = seen + 10
    assert found.names == {
        "700": "Kim",
        "66": "role66",
        str(seen): f"channel{seen}",
        str(thread): f"thread{thread}",
    }


async def test_a_server_that_is_not_cached_is_no_direct_message() -> None:
    owner = objects.client()
    unknown = owner.get_partial_messageable(1, guild_id=555)
    found = heard(owner, body(guild_id="555"), unknown)
    assert (found.guild, found.channel) == ("555", "1")
    recipient = objects.user(700)
    direct = discord.DMChannel(
        me=owner._connection.user,  # type: ignore[arg-type]
        state=owner._connection,
        data=cast("Any", {"id": "1", "type": 1, "recipients": [recipient]}),
    )
    assert heard(owner, body(guild_id=None), direct) == hear_body(body(guild_id=None))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["999", "<@999>", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(body(**replying(BOT)))), anything))
def test_no_body_breaks_reading(fields: dict[str, Any]) -> None:
    assert told(meaning(body(**fields)))
