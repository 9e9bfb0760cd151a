"""What a question costs apart from embedding and model, and how many can be asked at once, as ratios in one run.

python -m benchmarks.questions [--passages 100000] [--scopes 100] [--keep DIRECTORY]

The stores are the durable ones of the program; vectors are made up, since only the time around them is measured.
"""

import argparse
import asyncio
import tempfile
import time
import zlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import psutil

from benchmarks.corpus import Corpus
from core.backends.chroma import open_chroma
from core.backends.lexical import open_lexical
from core.backends.sqlite.store import Store, open_store
from core.chat import Chat
from core.evidence import Evidence
from core.indexing import Indexing
from core.ports import Message, Vector, Vectors
from core.retrieval import Retrieval
from core.types import Answer, Audience, Document, Question, Scope, Session, Usage

DIMENSION = 896
SESSIONS = 20
QUESTIONS_EACH = 10
MODEL_SECONDS = 2.0
CROWD = 200


class TimedEmbedder:
    """Made-up vectors; notes how long it was asked for, so that this can be taken off."""

    identity = "benchmark"
    dimension = DIMENSION

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    async def question(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSION, dtype=np.float32)
        unit: Vector = vector / np.linalg.norm(vector)
        return unit


class SlowModel:
    """Begins after a while and cites the first passage; notes when it said its first word."""

    name = "slow"

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.began: dict[str, float] = {}

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        await asyncio.sleep(self._seconds)
        self.began[messages[-1].text.rpartition("Question: ")[2]] = time.perf_counter()
        yield "So it is [1]."
        yield Usage(1, 1)


def percentile(seconds: Sequence[float], percent: float) -> float:
    return float(np.percentile(seconds, percent)) * 1000


async def fill(store: Store, indexing: Indexing, corpus: Corpus) -> None:
    """The library of the corpus, unless the directory holds it already."""
    for number, entries in enumerate(corpus.batches(20)):
        document_id = f"d{number}"
        if await store.catalogue.find(document_id) is not None:
            continue
        version = await store.journal.begin(document_id)
        passages = [
            type(entry.passage)(document_id, version, ordinal, entry.passage.text)
            for ordinal, entry in enumerate(entries)
        ]
        document = Document(
            document_id, f"Document {number}", f"api:{number}", entries[0].scope, version=version, passage_count=20
        )
        await indexing.add(document, passages)
        await store.catalogue.save(document, passages)


def asked(number: int, text: str, audience: Audience) -> Question:
    return Question(f"q{number}-{time.perf_counter_ns()}", Session("bench", "", f"c{number}"), text, audience)


async def ask(chat: Chat, question: Question) -> tuple[float, float, Answer]:
    """Seconds to the end, the moment of the first word, and the answer."""
    started, first = time.perf_counter(), 0.0
    async for part in chat.stream(question):
        if isinstance(part, Answer):
            return time.perf_counter() - started, first, part
        first = first or time.perf_counter()
    raise AssertionError("no answer")


async def overhead(chat: Chat, texts: Sequence[str], audience: Audience, model: SlowModel) -> None:
    """Twenty sessions ask one question after another; the model answers at once."""
    forwarded: list[float] = []

    async def session(number: int) -> list[float]:
        times = []
        for turn in range(QUESTIONS_EACH):
            text = texts[(number * QUESTIONS_EACH + turn) % len(texts)]
            seconds, first, answer = await ask(chat, asked(number, text, audience))
            if answer.outcome == "answered":
                forwarded.append(first - model.began[text])
            times.append(seconds)
            await asyncio.sleep(0.5)
        return times

    alone = [(await ask(chat, asked(0, text, audience)))[0] for text in texts[:40]]
    together = [seconds for times in await asyncio.gather(*map(session, range(SESSIONS))) for seconds in times]
    print(f"one at a time        p50 {percentile(alone, 50):7.1f} ms   p95 {percentile(alone, 95):7.1f} ms")
    print(
        f"{SESSIONS} sessions at once  p50 {percentile(together, 50):7.1f} ms   p95 {percentile(together, 95):7.1f} ms"
    )
    if forwarded:
        print(f"first word forwarded p50 {percentile(forwarded, 50):7.2f} ms   p95 {percentile(forwarded, 95):7.2f} ms")


async def crowd(chat: Chat, texts: Sequence[str], audience: Audience) -> None:
    """Two hundred sessions at once against a model that takes two seconds, beside an empty loop that waits so long."""
    memory = psutil.Process().memory_info().rss
    started = time.perf_counter()
    await asyncio.gather(*(asyncio.sleep(MODEL_SECONDS) for _ in range(CROWD)))
    empty = time.perf_counter() - started
    for turn in range(3):
        started = time.perf_counter()
        answers = await asyncio.gather(
            *(ask(chat, asked(1000 + number, texts[number % len(texts)], audience)) for number in range(CROWD))
        )
        took = time.perf_counter() - started
        answered = sum(answer.outcome == "answered" for _, _, answer in answers)
        grown = (psutil.Process().memory_info().rss - memory) / 1e6
        print(
            f"{CROWD} at once, round {turn + 1}: {took:.2f} s, {took / empty:.2f} x the empty loop, {answered} written, {grown:+.0f} MB"
        )


async def measure(passages: int, scopes: int, folder: Path) -> None:
    corpus = Corpus(passages, 8, scopes)
    embedder = TimedEmbedder()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(folder / "saseo.db"))
        dense = await stack.enter_async_context(
            open_chroma(identity="benchmark", dimension=DIMENSION, path=str(folder / "vectors"))
        )
        lexical = await stack.enter_async_context(open_lexical(folder / "lexical"))
        if lexical.stale:
            await lexical.rebuild(_nothing())
        started = time.perf_counter()
        await fill(store, Indexing(dense=dense, lexical=lexical, embedder=embedder), corpus)
        print(f"{await dense.count()} passages ready after {time.perf_counter() - started:.0f} s")
        retrieval = Retrieval(dense=dense, lexical=lexical, shelves=store.shelves, embedder=embedder)
        model = SlowModel(0.0)

        def chat(model: SlowModel) -> Chat:
            return Chat(
                retrieval=retrieval,
                evidence=Evidence(),
                shelves=store.shelves,
                history=store.history,
                answers=store.answers,
                claims=store.claims,
                model=model,
            )

        readable = Audience(frozenset(Scope(f"channel:slack:T1:C{number}") for number in range(min(10, scopes))))
        first = next(iter(corpus.batches(400)))
        texts = [entry.passage.text[:60].strip() for entry in first if entry.scope in readable][:200]
        await overhead(chat(model), texts, readable, model)
        await crowd(chat(SlowModel(MODEL_SECONDS)), texts, readable)


async def _nothing() -> AsyncGenerator[Sequence[object], None]:
    for nothing in ():
        yield nothing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--scopes", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="a directory to fill once and use again")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(measure(chosen.passages, chosen.scopes, folder))


if __name__ == "__main__":
    main()
