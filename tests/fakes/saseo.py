"""A whole core in memory: the real chat, library and retrieval over the twins that ship."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.subjects import subjects_of
from core.audit import AuditLog
from core.backends.memory import MemoryStore
from core.backends.memory_index import MemoryDenseIndex, MemoryLexicalIndex
from core.backends.memory_installations import MemorySeal
from core.backends.memory_leases import MemoryLeases
from core.backends.memory_recorder import MemoryRecorder
from core.backends.memory_world import MemoryFetcher, PlainReader, WordEmbedder
from core.chat import Chat, Limits
from core.discovery import Discovery
from core.errors import SaseoError
from core.evidence import Evidence
from core.following import Following
from core.gaps import Gaps
from core.indexing import Indexing
from core.knowledge import Knowledge
from core.leases import Leases
from core.library import Library
from core.noticing import Noticing
from core.ports import Fetcher, Model, Reader
from core.refresh import Rhythm
from core.remembered_channels import RememberedChannels
from core.retrieval import Retrieval
from core.roots import Roots
from core.saseo import Check, Saseo
from core.unanswered import Unanswered


@dataclass
class Core:
    """The parts of a core in memory; `clock` stands still until a test moves it."""

    model: Model | None = None
    embedder: WordEmbedder = field(default_factory=WordEmbedder)
    reader: Reader = field(default_factory=PlainReader)
    pages: dict[str, bytes | SaseoError] = field(default_factory=dict)
    fetcher: Fetcher | None = None
    limits: Limits = field(default_factory=Limits)
    checks: dict[str, Check] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.store = MemoryStore(clock=lambda: self.now)
        self.channels = RememberedChannels(self.store.channels)
        self.dense = MemoryDenseIndex(self.embedder.dimension)
        self.lexical = MemoryLexicalIndex()
        self.seal = MemorySeal()
        self.audit = AuditLog(self.store.deeds, clock=lambda: self.now)
        self.leases: Leases = MemoryLeases()
        self.recorder = MemoryRecorder()
        self.web = MemoryFetcher(self.pages)
        self.library = Library(
            reader=self.reader,
            fetcher=self.fetcher or self.web,
            catalogue=self.store.catalogue,
            shelves=self.store.shelves,
            journal=self.store.journal,
            indexing=Indexing(dense=self.dense, lexical=self.lexical, embedder=self.embedder),
            looks=self.store.looks,
            rhythm=Rhythm(3600),
            clock=lambda: self.now,
        )
        self.roots = Roots(
            library=self.library,
            fetcher=self.fetcher or self.web,
            catalogue=self.store.catalogue,
            discovery=Discovery(
                catalogue=self.store.catalogue,
                shelves=self.store.shelves,
                journal=self.store.journal,
                clock=lambda: self.now,
            ),
            rhythm=Rhythm(3600),
            clock=lambda: self.now,
        )
        self.knowledge = Knowledge(library=self.library, catalogue=self.store.catalogue, shares=self.store.shares)
        self.retrieval = Retrieval(
            dense=self.dense,
            lexical=self.lexical,
            shelves=self.store.shelves,
            embedder=self.embedder,
            recorder=self.recorder,
        )
        self.chat = self.chat_with(self.model)
        self.noticing = Noticing(
            inbox=self.store.inbox,
            channels=self.channels,
            claims=self.store.claims,
            catalogue=self.store.catalogue,
        )

    def chat_with(self, model: Model | None) -> Chat:
        """A chat over the same library with another model."""
        return Chat(
            retrieval=self.retrieval,
            evidence=Evidence(),
            shelves=self.store.shelves,
            history=self.store.history,
            answers=self.store.answers,
            claims=self.store.claims,
            model=model,
            limits=self.limits,
            settings=self.channels.lately,
            recorder=self.recorder,
        )

    def following(self, model: Model | None = None) -> Following:
        """Follows up on changes, with a chat over the same library."""
        chat = self.chat_with(model)
        gaps = Gaps(
            answers=self.store.answers,
            chat=chat,
            evidence=Evidence(),
            dense=self.dense,
            lexical=self.lexical,
            embedder=self.embedder,
            shelves=self.store.shelves,
            noticing=self.noticing,
            clock=lambda: self.now,
        )
        return Following(
            changes=self.store.changes,
            catalogue=self.store.catalogue,
            shelves=self.store.shelves,
            shares=self.store.shares,
            answers=self.store.answers,
            chat=chat,
            gaps=gaps,
            noticing=self.noticing,
            clock=lambda: self.now,
        )

    @property
    def saseo(self) -> Saseo:
        """As adapters hold it."""
        exporting, erasing = subjects_of(
            self.store,
            library=self.library,
            knowledge=self.knowledge,
            channels=self.channels,
            history=self.store.history,
            audit=self.audit,
            seal=self.seal,
        )
        return Saseo(
            chat=self.chat,
            library=self.library,
            roots=self.roots,
            retrieval=self.retrieval,
            catalogue=self.store.catalogue,
            shelves=self.store.shelves,
            history=self.store.history,
            answers=self.store.answers,
            review=self.store.review,
            unanswered=Unanswered(self.store.review, self.embedder),
            inbox=self.store.inbox,
            knowledge=self.knowledge,
            channels=self.channels,
            noticing=self.noticing,
            claims=self.store.claims,
            leases=self.leases,
            installations=self.store.installations,
            seal=self.seal,
            visits=self.store.visits,
            audit=self.audit,
            looks=self.store.looks,
            exporting=exporting,
            erasing=erasing,
            checks=self.checks,
            recorder=self.recorder,
        )
