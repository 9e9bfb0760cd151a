"""What every store of conversations promises: history and claims, on each backend."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.backends.memory import MemoryStore
from core.backends.sqlite import open_store
from core.backends.sqlite.database import rows
from core.types import Role, Session, Turn
from tests.corpus import shared_data
from tests.integration.stores import SESSION, START, TALKS, TTL, Clock, Talk, in_turns, opened_talk

HOSTILE = [
    "a" * 10_000,
    "../../etc/passwd",
    "nul\0nul",
    "lone \ud800 surrogate",
    "pair \ud83d\ude00",
    "line\r\nbreak",
    "*",
    "한글 채널",
    "'; DROP TABLE turns; --",
]


@pytest.fixture(params=TALKS)
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    async with opened_talk(request, tmp_path) as opened:
        yield opened


def turn(text: str, role: Role = "human", *, second: int = 0) -> Turn:
    return Turn(role, text, START + timedelta(seconds=second))


async def test_turns_come_back_oldest_first_as_they_were_said(talk: Talk) -> None:
    said = [turn("안녕? 휴가는 며칠이야?"), turn("Fifteen. [1]", "ai", second=3), turn("\0 \ud83d \u2028 \t", second=9)]

    await talk.history.append(SESSION, said[:2])
    await talk.history.append(SESSION, said[2:])

    assert list(await talk.history.recent(SESSION)) == said


async def test_only_the_last_turns_are_given(talk: Talk) -> None:
    await talk.history.append(SESSION, [turn(str(number)) for number in range(30)])

    assert [said.text for said in await talk.history.recent(SESSION, limit=2)] == ["28", "29"]
    assert len(await talk.history.recent(SESSION)) == 20
    assert len(await talk.history.recent(SESSION, limit=1000)) == 30


@pytest.mark.parametrize("limit", [0, -1, -(10**9)])
async def test_a_limit_below_one_gives_nothing(talk: Talk, limit: int) -> None:
    await talk.history.append(SESSION, [turn("hello")])

    assert list(await talk.history.recent(SESSION, limit=limit)) == []


async def test_a_session_keeps_its_last_two_hundred_turns(talk: Talk) -> None:
    for start in range(0, 450, 150):
        await talk.history.append(SESSION, [turn(str(number)) for number in range(start, start + 150)])

    kept = await talk.history.recent(SESSION, limit=10**9)

    assert [said.text for said in kept] == [str(number) for number in range(250, 450)]


async def test_a_session_is_forgotten_when_its_time_has_passed(talk: Talk) -> None:
    await talk.history.append(SESSION, [turn("old")])
    await talk.wait(TTL)

    assert list(await talk.history.recent(SESSION)) == []
    await talk.history.append(SESSION, [turn("new")])
    assert [said.text for said in await talk.history.recent(SESSION)] == ["new"]


async def test_every_append_renews_the_time(talk: Talk) -> None:
    await talk.history.append(SESSION, [turn("first")])
    await talk.wait(TTL * 0.6)
    await talk.history.append(SESSION, [turn("second")])
    await talk.wait(TTL * 0.6)

    assert [said.text for said in await talk.history.recent(SESSION)] == ["first", "second"]


async def test_reading_does_not_renew_the_time(talk: Talk) -> None:
    await talk.history.append(SESSION, [turn("first")])
    await talk.wait(TTL * 0.6)
    assert await talk.history.recent(SESSION)
    await talk.wait(TTL * 0.6)

    assert list(await talk.history.recent(SESSION)) == []


async def test_nothing_appended_leaves_nothing(talk: Talk) -> None:
    await talk.history.append(SESSION, [])

    assert list(await talk.history.recent(SESSION)) == []


async def test_a_cleared_session_is_empty_and_others_are_not(talk: Talk) -> None:
    other = Session("slack", "T1", "C2")
    await talk.history.append(SESSION, [turn("mine")])
    await talk.history.append(other, [turn("theirs")])

    await talk.history.clear(SESSION)
    await talk.history.clear(Session("slack", "T1", "never used"))

    assert list(await talk.history.recent(SESSION)) == []
    assert [said.text for said in await talk.history.recent(other)] == ["theirs"]


async def test_hostile_session_names_are_kept_apart(talk: Talk) -> None:
    sessions = [Session("api", "", name) for name in HOSTILE]
    for number, session in enumerate(sessions):
        await talk.history.append(session, [turn(str(number))])

    said = [(await talk.history.recent(session))[0].text for session in sessions]

    assert said == [str(number) for number in range(len(sessions))]


@pytest.mark.corpus
async def test_naughty_strings_are_remembered_as_they_were_said(talk: Talk) -> None:
    naughty = dict.fromkeys(json.loads(shared_data("naughty_strings.json").read_text("utf-8")))
    sessions = {text: Session("api", "", f"x{text}") for text in naughty}
    await in_turns(talk.history.append(session, [turn(text)]) for text, session in sessions.items())

    remembered = await in_turns(talk.history.recent(session) for session in sessions.values())
    assert [[said.text for said in turns] for turns in remembered] == [[text] for text in naughty]


async def test_turns_that_are_said_at_once_are_all_kept(talk: Talk) -> None:
    texts = [str(number) for number in range(100)]

    await asyncio.gather(*(talk.history.append(SESSION, [turn(text), turn(f"re {text}", "ai")]) for text in texts))

    kept = [said.text for said in await talk.history.recent(SESSION, limit=200)]
    assert sorted(kept[::2]) == sorted(texts)
    assert kept[1::2] == [f"re {text}" for text in kept[::2]]


async def test_a_claim_is_given_once(talk: Talk) -> None:
    given = await asyncio.gather(*(talk.claims.claim("question:1", seconds=60) for _ in range(20)))

    assert sorted(given) == [False] * 19 + [True]
    assert await talk.claims.claim("question:2", seconds=60)


async def test_a_claim_expires(talk: Talk) -> None:
    assert await talk.claims.claim("question:1", seconds=60)
    await talk.wait(59)
    assert not await talk.claims.claim("question:1", seconds=60)
    await talk.wait(1)
    assert await talk.claims.claim("question:1", seconds=60)
    assert not await talk.claims.claim("question:1", seconds=60)


async def test_a_released_claim_can_be_taken_at_once(talk: Talk) -> None:
    assert await talk.claims.claim("question:1", seconds=60)

    await talk.claims.release("question:1")
    await talk.claims.release("never claimed")

    assert await talk.claims.claim("question:1", seconds=60)


@pytest.mark.parametrize("seconds", [10.0**18, float("inf")])
async def test_a_claim_may_last_for_ever(talk: Talk, seconds: float) -> None:
    assert await talk.claims.claim("question:1", seconds=seconds)
    await talk.wait(24 * 3600)

    assert not await talk.claims.claim("question:1", seconds=seconds)


@pytest.mark.parametrize("seconds", [0, -1])
async def test_a_claim_without_time_is_given_and_gone(talk: Talk, seconds: float) -> None:
    assert await talk.claims.claim("question:1", seconds=seconds)
    await talk.wait(1)

    assert await talk.claims.claim("question:1", seconds=seconds)


async def test_hostile_keys_are_claimed_apart(talk: Talk) -> None:
    assert [await talk.claims.claim(key, seconds=60) for key in HOSTILE] == [True] * len(HOSTILE)
    assert [await talk.claims.claim(key, seconds=60) for key in HOSTILE] == [False] * len(HOSTILE)


async def test_a_memory_of_sessions_and_claims_does_not_grow_with_what_expired(tmp_path: Path) -> None:
    clock = Clock()
    memory = MemoryStore(clock=clock, history_ttl=10)
    async with open_store(tmp_path / "saseo.db", clock=clock, history_ttl=10) as store:
        for number in range(50):
            for either in (memory, store):
                await either.history.append(Session("api", "", f"s{number}"), [turn("hello")])
                await either.claims.claim(f"k{number}", seconds=10)
            await clock.wait(5)
        tables = ("sessions", "turns", "claims")
        sizes = [(await store._database.read(rows(f"SELECT count(*) FROM {table}")))[0][0] for table in tables]

    assert sizes == [2, 2, 2]
    assert (len(memory.history._sessions), len(memory.claims._expiries)) == (2, 2)
