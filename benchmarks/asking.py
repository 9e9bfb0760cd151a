"""A filled library to ask, with embedding and model timed apart from everything else."""

import asyncio
import random
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.corpus import PASSAGES_A_DOCUMENT, Corpus, no_entries
from core.backends.chroma import AnyChroma, open_chroma
from core.backends.embedded import EmbeddedEmbedder
from core.backends.lexical import LexicalIndex, open_lexical
from core.backends.sqlite.store import Store, open_store
from core.chat import Chat
from core.evidence import Evidence
from core.indexing import Indexing
from core.ports import DocumentFilter, Message, Vector, Vectors
from core.remembered import RememberingEmbedder
from core.retrieval import Retrieval
from core.types import Answer, Audience, Document, Passage, Question, Session, Usage

DIMENSION = 896
ASKED_FROM = 8000
"""Passages whose beginnings are asked for."""
READABLE_SCOPES = 10


@dataclass
class Spent:
    """Seconds that one question waited for embedding."""

    embedding: float = 0.0


_spent: ContextVar[Spent] = ContextVar("spent")


@contextmanager
def embedding() -> Iterator[None]:
    """Counts the time of this block for the question that is being asked."""
    started = time.perf_counter()
    try:
        yield
    finally:
        spent = _spent.get(None)
        if spent is not None:
            spent.embedding += time.perf_counter() - started


class Embedding(Protocol):
    """What questions and sentences are embedded with."""

    async def question(self, text: str) -> Vector: ...

    async def embed(self, texts: Sequence[str]) -> Vectors: ...


class MadeUp:
    """Vectors at random, the same ones for the same text."""

    async def question(self, text: str) -> Vector:
        return _random(text)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([_random(text) for text in texts])


class Timed:
    """Embeds as it is told to, and notes how long each question waited for it. Passages get made-up vectors."""

    identity = "benchmark"
    dimension = DIMENSION

    def __init__(self, embedder: Embedding) -> None:
        self._embedder = embedder

    async def passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([_random(text) for text in texts])

    async def question(self, text: str) -> Vector:
        with embedding():
            return await self._embedder.question(text)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        with embedding():
            return await self._embedder.embed(texts)


class SlowModel:
    """Begins after a while and cites the first passage; notes when it said its first word."""

    name = "slow"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began: dict[str, float] = {}

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[str | Usage, None]:
        await asyncio.sleep(self.seconds)
        self.began[messages[-1].text.rpartition("Question: ")[2]] = time.perf_counter()
        yield "So it is [1]."
        yield Usage(1, 1)


@dataclass
class Library:
    """A filled library that can be asked."""

    store: Store
    dense: AnyChroma
    lexical: LexicalIndex
    embedder: Timed
    evidence: Evidence
    texts: Sequence[str]
    audience: Audience

    def chat(self, model: SlowModel) -> Chat:
        return Chat(
            retrieval=Retrieval(
                dense=self.dense, lexical=self.lexical, shelves=self.store.shelves, embedder=self.embedder
            ),
            evidence=self.evidence,
            shelves=self.store.shelves,
            history=self.store.history,
            answers=self.store.answers,
            claims=self.store.claims,
            model=model,
        )

    def question(self, session: int, place: int) -> Question:
        text = self.texts[place % len(self.texts)]
        name = f"q{session}-{place}-{time.perf_counter_ns()}"
        return Question(name, Session("bench", "", f"c{session}"), text, self.audience)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question went, in seconds."""

    whole: float
    overhead: float
    """Without embedding and model."""
    forwarded: float | None
    """From the model's first word to ours."""
    answer: Answer


def _random(text: str) -> Vector:
    vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(DIMENSION, dtype=np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


async def ask(chat: Chat, question: Question, model: SlowModel) -> Asked:
    """Asks in a task of its own, as adapters do."""
    return await asyncio.create_task(_ask(chat, question, model))


async def _ask(chat: Chat, question: Question, model: SlowModel) -> Asked:
    spent = Spent()
    _spent.set(spent)
    started, first = time.perf_counter(), 0.0
    async for part in chat.stream(question):
        if isinstance(part, Answer):
            whole = time.perf_counter() - started
            written = part.outcome == "answered"
            model_seconds = model.seconds if written else 0.0
            forwarded = first - model.began[question.text] if written else None
            return Asked(whole, whole - model_seconds - spent.embedding, forwarded, part)
        first = first or time.perf_counter()
    raise AssertionError("no answer")


async def fill(store: Store, indexing: Indexing, corpus: Corpus) -> None:
    """The library of the corpus, unless the directory holds it already."""
    if (await store.catalogue.page(DocumentFilter(), limit=1)).total * PASSAGES_A_DOCUMENT >= corpus.passages:
        return
    for number, entries in enumerate(corpus.batches(20)):
        document_id = f"d{number}"
        if await store.catalogue.find(document_id) is not None:
            continue
        version = await store.journal.begin(document_id)
        ends = list(accumulate(len(entry.passage.text) for entry in entries))
        passages = [
            Passage(document_id, version, ordinal, entry.passage.text, start=end - len(entry.passage.text), end=end)
            for ordinal, (entry, end) in enumerate(zip(entries, ends, strict=True))
        ]
        document = Document(
            document_id, f"Document {number}", f"api:{number}", entries[0].scope, version=version, passage_count=20
        )
        await indexing.add(document, passages)
        await store.catalogue.save(document, passages)


def asked_texts(corpus: Corpus, audience: Audience) -> list[str]:
    """The beginnings of every other readable passage among the first documents, in a mixed order."""
    first = next(iter(corpus.batches(min(corpus.passages, 8000))))
    texts = [entry.passage.text[:60].strip() for entry in first[::2] if entry.scope in audience]
    random.Random(0).shuffle(texts)
    return texts


@asynccontextmanager
async def open_library(folder: Path, *, passages: int, scopes: int, embedder: str) -> AsyncIterator[Library]:
    """The library in this folder, filled where it is not; `embedder` is `made-up` or `real`."""
    corpus = Corpus(passages, 8, scopes)
    audience = Audience(frozenset(corpus.scope(number) for number in range(min(READABLE_SCOPES, scopes))))
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(folder / "saseo.db"))
        dense = await stack.enter_async_context(
            open_chroma(identity="benchmark", dimension=DIMENSION, path=str(folder / "vectors"))
        )
        lexical = await stack.enter_async_context(open_lexical(folder / "lexical"))
        if lexical.stale:
            await lexical.rebuild(no_entries())
        timed = Timed(await _real(stack) if embedder == "real" else MadeUp())
        await fill(store, Indexing(dense=dense, lexical=lexical, embedder=timed), corpus)
        sentences = RememberingEmbedder(timed) if embedder == "real" else None
        yield Library(
            store=store,
            dense=dense,
            lexical=lexical,
            embedder=timed,
            evidence=Evidence(sentences, background=lexical),
            texts=asked_texts(corpus, audience),
            audience=audience,
        )


async def _real(stack: AsyncExitStack) -> Embedding:
    models = EmbeddedEmbedder()
    stack.push_async_callback(models.close)
    await models.warm()
    return models
