"""What every store promises to a person or a channel: what is kept of them is erased for good."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.backends.memory import MemoryStore
from core.backends.redis import open_redis
from core.backends.sqlite import open_store
from core.erasing import BEGUN, DONE
from core.errors import Unavailable
from core.subjects import Individual
from core.types import PUBLIC, Scope, Session, Turn
from tests.fakes.valkey import RedisServer
from tests.integration.stores import SEAL, STORES, opened_store
from tests.integration.subjects import (
    ALONE,
    BY,
    CHANNEL,
    CONSOLE,
    DIRECT,
    ELSEWHERE,
    MARKER,
    OTHER,
    PERSON,
    Given,
    ask,
    fill,
    given_of,
    share,
)


@pytest.fixture(params=STORES)
async def given(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Given]:
    async with opened_store(request, tmp_path) as store:
        yield given_of(store)


async def test_nothing_of_a_person_stays_and_what_others_wrote_does(given: Given, tmp_path: Path) -> None:
    names = await fill(given)
    foreseen = await given.erasing.count(PERSON)
    counts = await given.erasing.erase(PERSON, by=BY)
    assert counts == foreseen
    assert counts == {
        "questions": 4,
        "waiting": 1,
        "conversations": 4,
        "feedback": 1,
        "visits": 1,
        "deeds": 1,
        "documents": 1,
    }

    assert set((await given.erasing.count(PERSON)).values()) == {0}
    others = await given.store.answers.find(names["others"])
    assert others is not None
    assert (others.text, others.author, others.context) == ("How late is it?", OTHER, ())
    assert await given.store.answers.find(names["elsewhere"]) is not None
    opinions = await given.store.answers.opinions(names["others"])
    assert (opinions.helpful, opinions.unhelpful) == (1, 0)
    assert [turn.text for turn in await given.history.recent(CHANNEL)] == ["How late is it?", "About How late is it?"]
    for session in (ALONE, DIRECT, CONSOLE):
        assert await given.history.recent(session) == ()
    assert len(await given.history.recent(ELSEWHERE)) == 2
    assert await given.store.visits.find(f"visit-{PERSON}") is None
    assert await given.store.visits.find(f"visit-slack:T1:{OTHER}") is not None
    assert await given.store.inbox.unfinished() == {"slack": 1}
    assert await given.store.catalogue.find(names["private"]) is None
    assert await given.store.catalogue.find(names["document"]) is not None
    assert await given.store.catalogue.find(names["added"]) is not None


async def test_the_log_tells_that_somebody_was_erased_and_not_who(given: Given) -> None:
    await fill(given)
    await given.erasing.erase(PERSON, by=BY)
    await given.erasing.erase(PERSON, by=BY)

    log = [noted.deed for noted in await given.audit.page()]
    assert [deed.what for deed in log] == [DONE, BEGUN, DONE, BEGUN, "document.added", "document.added"]
    again, _, first, _, others, own = log
    assert (first.who, first.workspace) == (BY, "slack:T1")
    assert first.detail.startswith("questions 4, waiting 1, ")
    assert again.detail.startswith("questions 0, waiting 0, ")
    # What they did stays, under the name that the record has.
    assert first.thing == again.thing == own.who
    assert own.who.startswith("erased:")
    assert others.who == f"slack:T1:{OTHER}"
    assert not any(PERSON.id in part for deed in log for part in (deed.who, deed.thing, deed.detail))


async def test_documents_that_somebody_added_go_when_that_is_wanted(given: Given) -> None:
    names = await fill(given)
    assert (await given.erasing.erase(PERSON, by=BY, documents=True))["documents"] == 2
    assert await given.store.catalogue.find(names["added"]) is None
    assert await given.store.catalogue.find(names["document"]) is not None


async def test_a_channel_goes_with_everything_and_what_is_shared_elsewhere_stays(given: Given) -> None:
    names = await fill(given)
    other_channel, thread = Session("slack", "T1", "C12"), Session("slack", "T1", "C1/17.4")
    both = await share(given, CHANNEL, "Known in two channels.", message="2.1", scope=PUBLIC)
    await share(given, other_channel, "Known in two channels.", message="2.1", scope=PUBLIC)
    unshared = (await given.library.add_text("Handed in", scope=Scope.channel(CHANNEL))).document.id
    beside = await ask(given, other_channel, "Another channel", by=OTHER)
    await ask(given, thread, "In a thread", by=OTHER)
    await given.channels.change(CHANNEL, lambda known: replace(known, instructions="Be brief"))

    counts = await given.erasing.erase(CHANNEL, by=BY)
    assert counts == {"questions": 4, "waiting": 2, "conversations": 0, "settings": 1, "documents": 2}
    assert set((await given.erasing.count(CHANNEL)).values()) == {0}
    found = {name: await given.store.catalogue.find(name) for name in (names["document"], unshared, both)}
    assert {name for name, document in found.items() if document is not None} == {both}
    assert [share.session for share in await given.store.shares.of(both)] == [other_channel]
    for session in (CHANNEL, ALONE, thread):
        assert await given.history.recent(session) == ()
    assert await given.store.answers.find(beside) is not None
    assert (await given.channels.get(CHANNEL)).instructions == ""
    newest = (await given.audit.page())[0].deed
    assert (newest.thing, newest.workspace) == (str(CHANNEL), "slack:T1")


async def test_whose_words_were_erased_before_still_loses_the_name(given: Given) -> None:
    await ask(given, ALONE, MARKER, by=PERSON.id, thread="")
    kept = await given.store.traces.questions(PERSON)
    await given.store.review.erase_texts(kept[0][1].asked.at.replace(year=2100))
    # The session itself names them.
    assert (await given.erasing.erase(PERSON, by=BY))["questions"] == 1
    assert await given.store.traces.questions(CHANNEL) == []


async def test_a_person_of_a_platform_without_workspaces_is_found_in_all_servers(given: Given) -> None:
    person = Individual("discord", "8035")
    for session in (Session("discord", "1", "2"), Session("discord", "@me", "3"), Session("discord", "4", "5/8035")):
        await ask(given, session, MARKER, by="8035")
    await ask(given, Session("discord", "1", "2"), "Another one", by="80351")
    assert (await given.erasing.erase(person, by=BY))["questions"] == 3
    assert len(await given.store.traces.questions(Session("discord", "1", "2"))) == 1


@pytest.mark.parametrize("part", ["finish", "unshare", "clear", "erase", "scrub"])
async def test_what_is_broken_off_is_made_good_by_the_next_time(given: Given, part: str) -> None:
    names = await fill(given)
    broken = _broken(given, part)
    with pytest.raises(Unavailable):
        await broken.erasing.erase(PERSON, by=BY)
    await given.erasing.erase(PERSON, by=BY)
    assert set((await given.erasing.count(PERSON)).values()) == {0}
    assert await given.store.catalogue.find(names["private"]) is None
    for session in (ALONE, DIRECT, CONSOLE):
        assert await given.history.recent(session) == ()


class Broken:
    """Something that dies at one of the things that it is asked to do."""

    def __init__(self, whole: object, part: str) -> None:
        self._whole = whole
        self._part = part

    def __getattr__(self, name: str) -> object:
        return self._die if name == self._part else getattr(self._whole, name)

    async def _die(self, *_: object, **__: object) -> None:
        raise Unavailable("store.failed", path="", reason="")


def _broken(given: Given, part: str) -> Given:
    where = {"finish": "inbox", "unshare": "knowledge", "clear": "history", "erase": "answers"}.get(part)
    erasing = given.erasing
    if where is None:
        changes = {"scrub": Broken(None, "scrub").scrub}
    else:
        changes = {where: Broken(getattr(erasing, where), part)}
    return replace(given, erasing=replace(erasing, **changes))  # type: ignore[arg-type]


async def test_nothing_is_left_in_the_files_of_the_store(tmp_path: Path) -> None:
    path = tmp_path / "store" / "saseo.db"
    async with open_store(path, seal=SEAL) as store:
        given = given_of(store)
        await fill(given)
        assert _holding(path.parent, MARKER, PERSON.id) != set()
        await given.erasing.erase(ELSEWHERE, by=BY)
        await given.erasing.erase(PERSON, by=BY)
        assert _holding(path.parent, MARKER, PERSON.id) == set()
        await ask(given, CHANNEL, MARKER, by=PERSON.id)
        await share(given, CHANNEL, f"For all here: {MARKER}", message="3.1", scope=Scope.channel(CHANNEL))
        await given.erasing.erase(CHANNEL, by=BY)
        assert _holding(path.parent, MARKER, PERSON.id) == set()
    assert _holding(path.parent, MARKER, PERSON.id) == set()


def _holding(folder: Path, *words: str) -> set[str]:
    """The files that hold one of these words."""
    contents = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name for name, content in contents.items() if any(word.encode() in content for word in words)}


@pytest.mark.redis
async def test_nothing_is_left_in_redis(redis_server: RedisServer) -> None:
    prefix = secrets.token_hex(8)
    async with open_redis(redis_server.url, prefix=prefix) as redis, Redis.from_url(redis_server.url) as client:
        given = given_of(MemoryStore(), redis.history)
        await fill(given)
        assert any(MARKER.encode() in value for value in await _values(client, prefix))
        await given.erasing.erase(PERSON, by=BY)
        left = await _values(client, prefix)
        assert not any(word.encode() in value for value in left for word in (MARKER, PERSON.id))
        assert any(b"How late is it?" in value for value in left)


async def _values(client: Redis, prefix: str) -> list[bytes]:
    """Keys and what they hold."""
    keys = [key async for key in client.scan_iter(f"{prefix}:*")]
    return [*keys, *[value for key in keys for value in await client.lrange(key, 0, -1)]]


async def test_what_is_said_lately_stays_where_nothing_of_theirs_is_in_it() -> None:
    given = given_of(MemoryStore())
    await ask(given, CHANNEL, MARKER, by=PERSON.id)
    await given.history.clear(CHANNEL)
    await given.history.append(CHANNEL, [Turn("human", "Others"), Turn("ai", "Yes")])
    await given.erasing.erase(PERSON, by=BY)
    assert len(await given.history.recent(CHANNEL)) == 2
