"""The store in memory and the store on SQLite do the same, whatever is done to them in whatever order."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.memory import MemoryStore
from core.backends.sqlite import open_store
from core.ports import DocumentFilter, Leftover
from core.types import PUBLIC, Audience, Passage, PassageKey, Scope, Session, Turn
from tests.integration.stores import START, AnyStore, Clock, document

Either = AnyStore
Step = Callable[[Either], Awaitable[object]]
Opening = Callable[[Clock, float], AbstractAsyncContextManager[Either]]

NAMES = st.sampled_from(["d1", "d2", "\0\ud800"])
VERSIONS = st.integers(1, 6)
SCOPES = st.sampled_from([PUBLIC, Scope("dm:api::1")])
TEXT = st.text(st.characters(), max_size=5)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
METADATA = st.dictionaries(st.sampled_from(["title", "x", "\0"]), VALUES, max_size=2)
SESSIONS = st.builds(Session, st.just("api"), st.just(""), st.sampled_from(["1", "2"]))


def begin(name: str) -> Step:
    return lambda store: store.journal.begin(name)


def sweep(name: str, version: int) -> Step:
    return lambda store: store.journal.swept(Leftover(name, version))


def forget(name: str) -> Step:
    return lambda store: store.catalogue.forget([name])


def save(
    name: str, version: int, texts: Sequence[str] | None, scope: Scope, metadata: dict[str, object], minutes: int
) -> Step:
    read_at = START + timedelta(minutes=minutes)
    whole = document(name, version=version, scope=scope, metadata=metadata, read_at=read_at)
    passages = None if texts is None else [Passage(name, version, number, text) for number, text in enumerate(texts)]

    async def step(store: Either) -> object:
        try:
            await store.catalogue.save(whole, passages)
        except ValueError as error:
            return str(error)
        return None

    return step


def match(metadata: dict[str, str | None], scope: Scope) -> Step:
    return lambda store: store.shelves.matching(metadata, Audience.of(scope))


def append(session: Session, texts: Sequence[str]) -> Step:
    return lambda store: store.history.append(session, [Turn("human", text, START) for text in texts])


def clear(session: Session) -> Step:
    return lambda store: store.history.clear(session)


def claim(key: str) -> Step:
    return lambda store: store.claims.claim(key, seconds=60)


def release(key: str) -> Step:
    return lambda store: store.claims.release(key)


SAVES = st.builds(save, NAMES, VERSIONS, st.none() | st.lists(TEXT, max_size=3), SCOPES, METADATA, st.integers(0, 2))
STEPS = st.one_of(
    st.builds(begin, NAMES),
    SAVES,
    SAVES,
    st.builds(forget, NAMES),
    st.builds(sweep, NAMES, VERSIONS),
    st.builds(match, METADATA, SCOPES),
    st.builds(append, SESSIONS, st.lists(TEXT, max_size=2)),
    st.builds(clear, SESSIONS),
    st.builds(claim, st.sampled_from(["a", "b"])),
    st.builds(release, st.sampled_from(["a", "b"])),
)


async def everything(store: Either) -> list[object]:
    """All that a reader can see."""
    page = await store.catalogue.page(DocumentFilter(audience=Audience.of(PUBLIC)), limit=1)
    rest = await store.catalogue.page(DocumentFilter(), after=page.next)
    names = ["d1", "d2", "\0\ud800"]
    keys = [PassageKey(name, version, ordinal) for name in names for version in range(1, 7) for ordinal in range(3)]
    resolved = await store.shelves.resolve(keys, Audience.of(PUBLIC))
    return [
        page.documents,
        page.total,
        rest.documents,
        await store.journal.leftovers(),
        [await store.catalogue.find(name) for name in names],
        [list(await store.shelves.passages(name)) for name in names],
        list(resolved.items()),
        [list(await store.history.recent(Session("api", "", name))) for name in "12"],
    ]


async def check_alike(steps: Sequence[tuple[Step, float]], opening: Opening) -> None:
    clock = Clock()
    memory = MemoryStore(clock=clock, history_ttl=100)
    async with opening(clock, 100) as store:
        for step, seconds in steps:
            assert await step(store) == await step(memory)
            assert await everything(store) == await everything(memory)
            await clock.wait(seconds)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(STEPS, st.sampled_from([0.0, 0.0, 50.0])), max_size=25))
def test_both_stores_do_the_same(steps: list[tuple[Step, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "saseo.db"
        asyncio.run(check_alike(steps, lambda clock, ttl: open_store(path, clock=clock, history_ttl=ttl)))
