"""Shares, changes and answers are the same in memory and on SQLite, whatever is done to them in whatever order."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.backends.memory import MemoryStore
from core.backends.sqlite import open_store
from core.changes import Change
from core.shares import Share, Shared, within
from core.types import PUBLIC, Answer, Audience, Outcome, Passage, Question, Scope, Session, Source, State
from tests.integration.stores import AnyStore, Clock, document

Either = AnyStore
Step = Callable[[Either], Awaitable[object]]
Opening = Callable[[Clock, float], AbstractAsyncContextManager[Either]]

DAY = 24 * 3600.0
CHANNELS = [Session("slack", "T1", name) for name in ("C1", "C12", "C1/17.4")]
DOCUMENTS = st.sampled_from(["d1", "d2", "\0\ud800"])
SHARES = st.builds(
    Share, st.sampled_from(CHANNELS[:2]), st.sampled_from(["1", "2"]), st.sampled_from(["F1", "F12", "한\ud800"])
)
PREFIXES = st.sampled_from([within(CHANNELS[0]), within(CHANNELS[1]), within(CHANNELS[0], message="1"), "slack:T1:"])
NAMES = st.sampled_from(["q1", "q2", "\0"])
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(["answered", "not_found"])
VERSIONS = st.integers(1, 6)
SCOPES = st.sampled_from([PUBLIC, Scope.workspace("slack", "T1")])


def put(name: str, instead_of: str | None) -> Step:
    async def step(store: Either) -> None:
        version = await store.journal.begin(name)
        passages = [Passage(name, version, 0, "text")]
        other = None if instead_of == name else instead_of
        await store.catalogue.save(document(name, version=version), passages, instead_of=other)

    return step


def mark(name: str, state: State) -> Step:
    async def step(store: Either) -> None:
        found = await store.catalogue.find(name)
        if found is not None:
            await store.catalogue.save(document(name, version=found.version, state=state))

    return step


def forget(name: str) -> Step:
    async def step(store: Either) -> object:
        return [gone.id for gone in await store.catalogue.forget([name])]

    return step


def record(name: str, session: Session, scope: Scope, outcome: Outcome, cited: Sequence[tuple[str, int]]) -> Step:
    question = Question(name, session, f"text of {name}", Audience.of(scope))
    return lambda store: store.answers.record(question, ended(name, outcome, cited))


def ended(name: str, outcome: Outcome, cited: Sequence[tuple[str, int]]) -> Answer:
    sources = tuple(Source(1, document_id, "", "excerpt", version=version) for document_id, version in cited)
    return Answer(name, "an answer", outcome, sources)


CITED = st.lists(st.tuples(DOCUMENTS, VERSIONS), max_size=3)
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(put, DOCUMENTS, st.none() | DOCUMENTS),
    st.builds(mark, DOCUMENTS, st.sampled_from(["ready", "dead"])),
    st.builds(forget, DOCUMENTS),
    st.builds(lambda share, name: lambda store: store.shares.add(share, name), SHARES, DOCUMENTS),
    st.builds(lambda share, name: lambda store: store.shares.remove([Shared(share, name)]), SHARES, DOCUMENTS),
    st.builds(lambda prefix: lambda store: store.shares.drop(prefix), PREFIXES),
    st.builds(lambda share: lambda store: store.shares.drop(str(share)), SHARES),
    st.builds(lambda name, version: lambda store: store.changes.settled(Change(name, version)), DOCUMENTS, VERSIONS),
    st.builds(record, NAMES, st.sampled_from(CHANNELS), SCOPES, OUTCOMES, CITED),
    st.builds(
        lambda name, outcome, cited: lambda store: store.answers.revise(name, ended(name, outcome, cited)),
        NAMES,
        OUTCOMES,
        CITED,
    ),
    st.builds(
        lambda name, doc, version: lambda store: store.answers.checked(name, doc, version=version),
        NAMES,
        DOCUMENTS,
        VERSIONS,
    ),
    st.builds(
        lambda name, good, by: lambda store: store.answers.judge(name, helpful=good, by=by),
        NAMES,
        st.booleans(),
        st.sampled_from(["U1", "U2"]),
    ),
    st.builds(lambda prefix: lambda store: store.answers.erase(prefix), PREFIXES),
)


async def everything(store: Either) -> list[object]:
    """All that a reader can see."""
    names = ["d1", "d2", "\0\ud800"]
    return [
        [await store.catalogue.find(name) for name in names],
        [list(await store.shares.of(name)) for name in names],
        list(await store.shares.under("slack:T1:")),
        list(await store.shares.orphans()),
        list(await store.changes.pending()),
        [list(await store.answers.unanswered(session=session)) for session in CHANNELS],
        list(await store.answers.unanswered(scope=PUBLIC)),
        [list(await store.answers.citing(name, before=4)) for name in names],
        [await store.answers.find(name) for name in ("q1", "q2", "\0")],
        [await store.answers.opinions(name) for name in ("q1", "q2", None)],
        await store.answers.counts(),
    ]


async def check_alike(steps: Sequence[tuple[Step, float]], opening: Opening) -> None:
    clock = Clock()
    memory = MemoryStore(clock=clock)
    async with opening(clock, 3600) as store:
        for step, seconds in steps:
            assert await step(store) == await step(memory)
            assert await everything(store) == await everything(memory)
            await clock.wait(seconds)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(STEPS, st.sampled_from([0.0, 0.0, 100 * DAY])), max_size=25))
def test_both_stores_do_the_same(steps: list[tuple[Step, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "saseo.db"
        asyncio.run(check_alike(steps, lambda clock, ttl: open_store(path, clock=clock, history_ttl=ttl)))
