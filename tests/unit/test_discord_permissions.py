"""Whom an answer in Discord reaches: compared with every person there could be, by discord.py's own rules."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import discord

from adapters.discord.audience import audience
from adapters.discord.inbound import Asked
from adapters.discord.permissions import ADMINISTRATOR, CONNECT, HISTORY, VIEW, Readers, Server
from adapters.discord.snapshot import roles_of, server_of
from core.types import PUBLIC, Scope
from tests.unit import discord_objects as objects

BITS = (VIEW, HISTORY, CONNECT)
SEE = VIEW | HISTORY
CASES = 1000
STRANGER = 800
AT = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A random server: as plain values, and as discord.py has it."""

    server: Server
    guild: discord.Guild
    people: tuple[int, ...]
    """Those who have overwrites of their own, and one who has none."""
    known: dict[int, tuple[int, ...]]
    roles: tuple[int, ...]


def bits(luck: random.Random, chance: float) -> int:
    return sum(bit for bit in BITS if luck.random() < chance)


def world(owner: discord.Client, seed: int) -> World:
    luck = random.Random(seed)
    roles = tuple(range(100, 100 + luck.choice((0, 1, 2, 3, 3, 4, 4, 5, 6))))
    people = tuple(range(700, 700 + luck.randint(0, 3)))
    open_server, few = luck.random() < 0.6, luck.random() < 0.5
    everyone = SEE | CONNECT if open_server else bits(luck, 0.3) | (ADMINISTRATOR if luck.random() < 0.05 else 0)
    admin = {number: ADMINISTRATOR if luck.random() < 0.1 else 0 for number in roles}

    def overwrites() -> Iterator[dict[str, Any]]:
        chance = 0.15 if few else 0.4
        for number in (objects.GUILD, *roles):
            if luck.random() < chance:
                deny = bits(luck, 0.4)
                yield objects.overwrite(number, allow=bits(luck, 0.4) & ~deny, deny=deny)
        for number in (*people, objects.OWNER):
            if luck.random() < chance / 2:
                deny = bits(luck, 0.2)
                yield objects.overwrite(number, of="member", allow=bits(luck, 0.6) & ~deny, deny=deny)

    kinds = [luck.choice((0, 0, 0, 2, 5, 13, 15)) for _ in range(luck.randint(2, 4))]
    channels = [objects.channel(number, overwrites(), type=kind) for number, kind in enumerate(kinds, start=1)]
    if luck.random() < 0.3:
        channels[-1]["permission_overwrites"] = channels[0]["permission_overwrites"]
    guild = objects.guild(
        owner,
        everyone=everyone,
        roles=[objects.role(number, bits(luck, 0.3) | admin[number]) for number in roles],
        channels=channels,
    )
    known = {number: tuple(role for role in roles if luck.random() < 0.4) for number in people if luck.random() < 0.4}
    current = [objects.person(guild, number, had) for number, had in known.items()]
    return World(server_of(guild, current=current), guild, (*people, STRANGER, objects.OWNER), known, roles)


def everybody(made: World) -> Iterator[discord.Member]:
    """Every person that there could be."""
    for number in made.people:
        if number in made.known:
            yield objects.person(made.guild, number, made.known[number])
            continue
        for count in range(len(made.roles) + 1):
            for had in combinations(made.roles, count):
                yield objects.person(made.guild, number, had)


def sees(channel: Any, somebody: discord.Member) -> bool:
    may = channel.permissions_for(somebody)
    return bool(may.view_channel and (may.connect or channel.type.value not in (2, 13)))


def reads(channel: Any, somebody: discord.Member) -> bool:
    return sees(channel, somebody) and bool(channel.permissions_for(somebody).read_message_history)


def oracle(made: World) -> set[tuple[str, str]]:
    """Pairs of channels where everybody who sees the first one reads the second one."""
    channels = made.guild.channels
    pairs = {(one.id, other.id) for one in channels for other in channels}
    for somebody in everybody(made):
        seen = [channel.id for channel in channels if sees(channel, somebody)]
        unread = [channel.id for channel in channels if not reads(channel, somebody)]
        pairs -= {(one, other) for one in seen for other in unread}
    return {(str(one), str(other)) for one, other in pairs}


def asked(**fields: Any) -> Asked:
    return replace(Asked("discord:900:1:5", "mention", "900", "1", "800", "hi", AT), **fields)


def channel_scope(number: str) -> Scope:
    return Scope(f"channel:discord:900:{number}")


async def test_an_audience_is_all_that_every_possible_reader_may_read_and_nothing_else() -> None:
    owner = objects.client()
    allowed = refused = 0
    for seed in range(CASES):
        made = world(owner, seed)
        readers, expected = Readers(made.server), oracle(made)
        for one in made.server.channels:
            reached = audience(asked(channel=one), readers)
            right = {other for first, other in expected if first == one}
            assert reached.scopes == {PUBLIC, Scope("workspace:discord:900"), *map(channel_scope, right)}, (seed, one)
            assert readers.readable_by_all_of(one) == right
            allowed += len(right - {one})
            refused += len(made.server.channels) - len(right)
    assert allowed > 1000, "the random servers let too little be shared to be a test"
    assert refused > 1000, "the random servers let too much be shared to be a test"


async def test_an_answer_for_one_person_uses_what_that_person_may_read() -> None:
    owner = objects.client()
    readable = hidden = 0
    for seed in range(0, CASES, 5):
        made = world(owner, seed)
        readers = Readers(made.server)
        for somebody in list(everybody(made))[:: 1 + seed % 7]:
            right = {str(one.id) for one in made.guild.channels if reads(one, somebody)}
            assert readers.readable_by(str(somebody.id), roles=roles_of(somebody)) == right
            question = asked(way="private", user=str(somebody.id), channel="1")
            reached = audience(question, readers, roles=roles_of(somebody))
            assert reached.scopes == {
                PUBLIC,
                Scope("workspace:discord:900"),
                *map(channel_scope, right),
            }
            readable += len(right)
            hidden += len(made.guild.channels) - len(right)
    assert min(readable, hidden) > 1000
