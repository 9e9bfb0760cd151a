"""A knowledge base for measuring: documents in the real indexes, searched by each arm alone, by both, and plainly."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bot.evaluation import Text
from bot.measures import Hit
from core.backends.chroma import open_chroma
from core.backends.lexical import open_lexical
from core.backends.memory_index import MemoryDenseIndex
from core.backends.sqlite.store import Store, open_store
from core.chunk import chunk
from core.indexing import Indexing
from core.places import placed, reach
from core.ports import DenseIndex, Embedder, Entry, Index, Query, Vector, Vectors
from core.profile import Profile
from core.ranking import Candidate, Ranked
from core.retrieval import Retrieval
from core.types import PUBLIC, Audience, Block, Document, Reading

READERS = Audience.of(PUBLIC)
AT_ONCE = 32
GUIDE_SIZE, GUIDE_OVERLAP = 1000, 200


class Kept:
    """An embedder that keeps its vectors in a file, so that a second run costs no embedding."""

    def __init__(self, embedder: Embedder, directory: Path | None) -> None:
        self._embedder = embedder
        self.identity, self.dimension = embedder.identity, embedder.dimension
        self._path = directory / f"{hashlib.sha256(self.identity.encode()).hexdigest()[:16]}.npz" if directory else None
        self._vectors: dict[str, Vector] = {}
        if self._path is not None and self._path.exists():
            with np.load(self._path) as file:
                self._vectors = dict(zip(file["names"].tolist(), file["vectors"].astype(np.float32), strict=True))

    async def passages(self, texts: Sequence[str]) -> Vectors:
        names = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in self._vectors}
        if missing:
            self._vectors.update(zip(missing, await self._embedder.passages(list(missing.values())), strict=True))
        return np.stack([self._vectors[name] for name in names])

    async def question(self, text: str) -> Vector:
        return await self._embedder.question(text)

    def save(self) -> None:
        if self._path is not None and self._vectors:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self._path, names=list(self._vectors), vectors=np.stack(list(self._vectors.values())))


@dataclass
class Plain:
    """The guide's own way: pieces of 1000 characters that overlap by 200, and the most similar ones."""

    embedder: Embedder
    pieces: list[tuple[str, str]] = field(default_factory=list)
    vectors: Vectors | None = None

    async def fill(self, corpus: Sequence[Text]) -> None:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(chunk_size=GUIDE_SIZE, chunk_overlap=GUIDE_OVERLAP)
        self.pieces = [(text.id, piece) for text in corpus for piece in splitter.split_text(text.text)]
        self.vectors = await self.embedder.passages([piece for _, piece in self.pieces])

    async def search(self, question: str, limit: int) -> list[Hit]:
        assert self.vectors is not None
        likeness = self.vectors @ await self.embedder.question(question)
        return [Hit(*self.pieces[place]) for place in np.argsort(-likeness)[:limit]]


@dataclass
class Stock:
    """Documents in every index."""

    embedder: Embedder
    dense: DenseIndex
    lexical: Index
    store: Store
    retrieval: Retrieval

    async def fill(self, corpus: Sequence[Text]) -> int:
        """Adds the documents as the library does and says how many passages they have."""
        indexing = Indexing(dense=self.dense, lexical=self.lexical, embedder=self.embedder)
        places = asyncio.Semaphore(AT_ONCE)

        async def add(text: Text) -> int:
            async with places:
                version = await self.store.journal.begin(text.id)
                passages = chunk(Reading((Block(text.text),)), document_id=text.id, version=version)
                document = Document(
                    text.id, text.title, f"api:{text.id}", PUBLIC, version=version, passage_count=len(passages)
                )
                await indexing.add(document, passages)
                await self.store.catalogue.save(document, passages)
                return len(passages)

        return sum(await asyncio.gather(*(add(text) for text in corpus)))

    async def hybrid(self, question: str, limit: int) -> list[Hit]:
        found = await self.retrieval.search(question, audience=READERS, limit=limit)
        return [Hit(one.document.id, one.passage.text) for one in found]

    async def dense_alone(self, question: str, limit: int) -> list[Hit]:
        query = Query(question, await self.embedder.question(question), READERS)
        return await self._arm(self.dense, query, limit)

    async def lexical_alone(self, question: str, limit: int) -> list[Hit]:
        return await self._arm(self.lexical, Query(question, np.zeros(0, np.float32), READERS), limit)

    async def _arm(self, arm: Index, query: Query, limit: int) -> list[Hit]:
        """An arm's own order; places are given as they are to the ranked ones, so that only the order differs."""
        hits = await arm.search(query, limit=50)
        known = await self.store.shelves.resolve([hit.key for hit in hits], READERS)
        empty = Profile.of("")
        order = [
            Ranked(Candidate(hit.key, *known[hit.key], profile=empty, title=b""), 1 - rank / 100, 0.0)
            for rank, hit in enumerate(hits)
        ]
        around = await self.store.shelves.resolve(reach(order), READERS)
        places = placed(order, {key: passage for key, (passage, _) in around.items()}, limit=limit)
        return [Hit(place.passage.document_id, place.passage.text) for place in places]


@asynccontextmanager
async def open_stock(directory: Path, embedder: Embedder, *, store: str) -> AsyncIterator[Stock]:
    """An empty base; `store` is `chroma` or `memory`."""
    async with AsyncExitStack() as stack:
        catalogue = await stack.enter_async_context(open_store(directory / "saseo.db"))
        lexical = await stack.enter_async_context(open_lexical(directory / "lexical"))
        await lexical.rebuild(_nothing())
        dense: DenseIndex
        if store == "memory":
            memory = MemoryDenseIndex(embedder.dimension)
            stack.push_async_callback(memory.close)
            dense = memory
        else:
            chroma = open_chroma(
                identity=embedder.identity, dimension=embedder.dimension, path=str(directory / "chroma")
            )
            dense = await stack.enter_async_context(chroma)
        retrieval = Retrieval(dense=dense, lexical=lexical, shelves=catalogue.shelves, embedder=embedder)
        yield Stock(embedder, dense, lexical, catalogue, retrieval)


async def _nothing() -> AsyncIterator[Sequence[Entry]]:
    no_entries: Sequence[Sequence[Entry]] = ()
    for part in no_entries:
        yield part
