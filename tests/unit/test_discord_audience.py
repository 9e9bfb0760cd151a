"""Whom an answer in Discord reaches: in channels, threads and direct messages, and where little is known."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import discord
import pytest

from adapters.discord.audience import audience, shelf
from adapters.discord.inbound import Asked
from adapters.discord.permissions import HISTORY, VIEW, Channel, Overwrite, Readers, Server, Thread
from adapters.discord.snapshot import roles_of, server_of
from core.types import PUBLIC, Scope
from tests.unit import discord_objects as objects

SEE = VIEW | HISTORY
AT = datetime(2026, 11, 22, tzinfo=UTC)


def asked(**fields: Any) -> Asked:
    return replace(Asked("discord:900:1:5", "mention", "900", "1", "800", "hi", AT), **fields)


def channel_scope(number: str) -> Scope:
    return Scope(f"channel:discord:900:{number}")


WHOLE = {PUBLIC, Scope("workspace:discord:900")}
HIDDEN = {"900": Overwrite(deny=VIEW)}
SERVER = Server(
    "900",
    "901",
    SEE,
    roles={"10": 0, "11": 0},
    channels={
        "1": Channel("1"),
        "2": Channel("2", {**HIDDEN, "10": Overwrite(allow=VIEW)}),
        "3": Channel("3", {**HIDDEN, "10": Overwrite(allow=VIEW), "11": Overwrite(allow=VIEW)}),
        "4": Channel("4", HIDDEN, {"700": Overwrite(allow=VIEW)}),
    },
    threads={
        "20": Thread("20", "1"),
        "21": Thread("21", "2", private=True, members=frozenset({"700"})),
        "22": Thread("22", "1", private=True, members=frozenset({"700"})),
    },
)
READERS = Readers(SERVER)


@pytest.mark.parametrize(
    ("place", "channels"),
    [
        ({"channel": "1"}, "1"),
        ({"channel": "2"}, "1 2 3"),
        ({"channel": "3"}, "1 3"),
        ({"channel": "4"}, "1 4"),
        ({"channel": "2", "way": "command"}, "1 2 3"),
        ({"channel": "1", "thread": "20"}, "1"),
        ({"channel": "2", "thread": "21"}, "1 2 3 21"),
        ({"channel": "1", "thread": "29"}, "1 29"),
    ],
)
def test_a_public_answer_uses_what_everybody_may_read_who_sees_it(place: dict[str, Any], channels: str) -> None:
    assert audience(asked(**place), READERS).scopes == WHOLE | set(map(channel_scope, channels.split()))


@pytest.mark.parametrize(
    ("place", "roles", "channels"),
    [
        ({}, [], "1"),
        ({}, ["10"], "1 2 3"),
        ({}, ["11"], "1 3"),
        ({"user": "700"}, [], "1 4 22"),
        ({"user": "700"}, ["10"], "1 2 3 4 21 22"),
        ({"user": "901"}, [], "1 2 3 4"),
        ({"thread": "29"}, ["11"], "1 3 29"),
    ],
)
def test_a_private_answer_uses_what_the_asker_may_read(place: dict[str, Any], roles: list[str], channels: str) -> None:
    question = asked(**{"way": "private", **place})
    assert audience(question, READERS, roles=roles).scopes == WHOLE | set(map(channel_scope, channels.split()))


@pytest.mark.parametrize("way", ["mention", "private"])
def test_where_little_is_known_only_the_channels_own_documents_are_used(way: str) -> None:
    own = {channel_scope("9")}
    assert audience(asked(way=way, channel="9"), READERS, roles=["10"]).scopes == own
    assert audience(asked(way=way, channel="9"), None, roles=["10"]).scopes == own
    elsewhere = asked(way=way, guild="777", channel="1")
    assert audience(elsewhere, READERS, roles=["10"]).scopes == {Scope("channel:discord:777:1")}
    assert READERS.readable_by_all_of("9") == frozenset()
    assert "9" not in READERS.readable_by_all_of("1")
    assert "3" in READERS.readable_by_all_of("2")


def test_a_private_answer_to_somebody_unknown_uses_only_the_channels_own_documents() -> None:
    assert audience(asked(way="private", channel="1"), READERS).scopes == {channel_scope("1")}


def test_a_channel_that_only_some_may_read_is_shut_to_somebody_whose_roles_are_unknown() -> None:
    assert audience(asked(way="private", channel="2"), READERS).scopes == set()


def test_a_direct_message_uses_what_its_person_may_read_in_the_chosen_server() -> None:
    direct = asked(way="direct", guild="@me", channel="55")
    own = {PUBLIC, Scope("dm:discord:@me:55")}
    assert audience(direct, None).scopes == own
    assert audience(direct, READERS).scopes == own
    expected = own | WHOLE | set(map(channel_scope, "13"))
    assert audience(direct, READERS, roles=["11"]).scopes == expected


def test_where_the_bot_is_no_member_only_public_knowledge_is_used() -> None:
    for place in ({"channel": "1"}, {"guild": "@me", "way": "private"}):
        assert audience(asked(outside=True, **place), READERS, roles=["10"]).scopes == {PUBLIC}


@pytest.mark.parametrize(
    ("place", "scope"),
    [
        ({"channel": "1"}, "channel:discord:900:1"),
        ({"channel": "1", "thread": "20"}, "channel:discord:900:1"),
        ({"channel": "1", "thread": "22"}, "channel:discord:900:22"),
        ({"channel": "1", "thread": "29"}, "channel:discord:900:29"),
        ({"guild": "@me", "channel": "55"}, "dm:discord:@me:55"),
    ],
)
def test_what_is_shared_belongs_to_those_who_read_it_there(place: dict[str, Any], scope: str) -> None:
    assert shelf(asked(**place), READERS) == Scope(scope)


def test_without_the_server_a_thread_keeps_what_is_shared_in_it() -> None:
    assert shelf(asked(thread="20"), None) == channel_scope("20")


def test_whoever_sees_a_channel_without_its_history_counts_as_a_reader_of_answers() -> None:
    blind = Channel("2", {"900": Overwrite(deny=HISTORY)})
    readers = Readers(replace(SERVER, channels={"1": Channel("1"), "2": blind, "3": SERVER.channels["3"]}))
    assert "1" in readers.readable_by_all_of("2")
    assert "3" not in readers.readable_by_all_of("2"), "they see what is said there while they look on"
    assert "2" not in readers.readable_by_all_of("1")


def test_a_role_that_shuts_somebody_out_keeps_the_channel_from_others() -> None:
    muted = Channel("2", {"11": Overwrite(deny=VIEW)})
    readers = Readers(replace(SERVER, channels={"1": Channel("1"), "2": muted}))
    assert readers.readable_by_all_of("1") == {"1"}
    assert readers.readable_by_all_of("2") == {"1", "2"}


async def test_bots_are_no_readers() -> None:
    owner = objects.client(members=True)
    helper, other, stored = 600, 601, 602
    guild = objects.guild(
        owner,
        everyone=SEE,
        roles=[objects.role(10, 0), objects.role(11, 0, tags={"bot_id": str(helper)}), objects.role(12, 0, tags={})],
        channels=[
            objects.channel(1, [objects.overwrite(objects.GUILD, deny=VIEW), objects.overwrite(10, allow=VIEW)]),
            objects.channel(
                2,
                [
                    objects.overwrite(objects.GUILD, deny=VIEW),
                    objects.overwrite(10, allow=VIEW),
                    objects.overwrite(11, allow=VIEW),
                    objects.overwrite(objects.BOT, of="member", allow=VIEW),
                    objects.overwrite(helper, of="member", allow=VIEW),
                    objects.overwrite(stored, of="member", allow=VIEW),
                ],
            ),
            objects.channel(3, [objects.overwrite(other, of="member", deny=VIEW)]),
            objects.channel(4, type=4),
        ],
        members=[objects.member(stored, bot=True)],
    )
    server = server_of(guild)
    assert set(server.roles) == {"10", "12"}
    assert set(server.channels) == {"1", "2", "3"}, "a category is no channel"
    assert server.channels["2"].members == {}
    assert set(server.channels["3"].members) == {str(other)}
    assert "1" in Readers(server).readable_by_all_of("2")
    assert server == server_of(guild), "a server that has not changed is equal"


async def test_threads_are_known_with_their_members() -> None:
    owner = objects.client(members=True)
    guild = objects.guild(
        owner,
        everyone=SEE,
        channels=[objects.channel(1), objects.channel(2, type=15)],
        threads=[
            objects.thread(20, parent=1),
            objects.thread(21, parent=1, private=True),
            objects.thread(22, parent=2),
        ],
        members=[objects.member(700)],
    )
    body: Any = {"id": "21", "user_id": "700", "join_timestamp": "2026-01-01T00:00:00+00:00", "flags": 0}
    private = guild.get_thread(21)
    assert private is not None
    private._add_member(discord.ThreadMember(private, body))
    server = server_of(guild)
    assert server.threads == {
        "20": Thread("20", "1"),
        "21": Thread("21", "1", private=True, members=frozenset({"700"})),
        "22": Thread("22", "2"),
    }
    asking = asked(way="private", user="700")
    assert channel_scope("21") in audience(asking, Readers(server), roles=[])
    assert channel_scope("21") not in audience(replace(asking, user="701"), Readers(server), roles=[])


async def test_roles_of_members_are_believed_only_where_they_are_current() -> None:
    owner = objects.client()
    guild = objects.guild(
        owner,
        everyone=SEE,
        roles=[objects.role(10, 0)],
        channels=[
            objects.channel(1, [objects.overwrite(objects.GUILD, deny=VIEW), objects.overwrite(10, allow=VIEW)]),
            objects.channel(
                2,
                [
                    objects.overwrite(objects.GUILD, deny=VIEW),
                    objects.overwrite(10, allow=VIEW),
                    objects.overwrite(700, of="member", allow=VIEW),
                ],
            ),
        ],
        members=[objects.member(700, [10])],
    )
    assert "1" not in Readers(server_of(guild)).readable_by_all_of("2")
    current = server_of(guild, current=[objects.person(guild, 700, [10])])
    assert "1" in Readers(current).readable_by_all_of("2")
    assert roles_of(objects.person(guild, 700, [10])) == {"10"}
