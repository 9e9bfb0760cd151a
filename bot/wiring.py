"""The composition root: the one place where settings become a working core, inside `async with`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bot import guide
from bot.backing_up import Backups
from bot.copying import copy_vectors
from bot.filling import refuse_half_filled
from bot.garbage import release, settle
from bot.guarding import guard
from bot.link_headers import read_link_headers
from bot.living import following, unanswered
from bot.metrics import PrometheusRecorder
from bot.parts import Parts, open_parts
from bot.settings import Settings
from bot.sharing import jobs_of, leases_of, recover
from bot.subjects import subjects_of
from bot.tracing import open_spans
from bot.version import version
from bot.watching import beat, watch
from bot.words import words_of
from core.audit import AuditLog
from core.backup import KeptVectors, RestoringEmbedder
from core.chat import Chat
from core.discovery import Discovery
from core.errors import Refused, SaseoError
from core.evidence import Evidence
from core.indexing import Indexing
from core.knowledge import Knowledge
from core.library import Library
from core.measured import MeasuredCatalogue, MeasuredFetcher, MeasuredReader
from core.noticing import Noticing
from core.notion.pages import NotionPages
from core.ports import Catalogue, DocumentFilter
from core.refresh import Rhythm
from core.remembered import RememberingEmbedder
from core.remembered_channels import RememberedChannels
from core.retention import Retention
from core.retrieval import Retrieval
from core.roots import Roots
from core.saseo import Saseo
from core.standby import handing_over

log = logging.getLogger(__name__)

FETCH_SECONDS = 30.0
PATIENCE = 30.0
"""Seconds that a question waits for the guide, which is read after the first start."""
AGAIN_SECONDS = 60.0
"""Between two attempts to prepare what could not be prepared at the start."""
Result = TypeVar("Result")


@asynccontextmanager
async def open_saseo(
    settings: Settings, *, place: Path | None = None, fresh_indexes: bool = False, kept: KeptVectors | None = None
) -> AsyncIterator[Saseo]:
    """A working core for these settings; the caller holds the place (see `bot.place`), where it is none that of the
    data directory.

    With `fresh_indexes` the vectors are emptied first, to be filled again by `Library.reindex`, which takes those that
    are kept. Raises Refused where a setting or a store is at fault, with what to do, and Unavailable where a service is
    away.
    """
    from core.backends.reading import GuardedReader
    from core.backends.web.fetch import WebFetcher

    link_headers = await asyncio.to_thread(read_link_headers, settings)
    if not fresh_indexes:
        await asyncio.to_thread(refuse_half_filled, settings)
    async with AsyncExitStack() as stack:
        stack.callback(release)
        spans = await stack.enter_async_context(open_spans(settings.otel_exporter_otlp_endpoint, version=version()))
        recorder = PrometheusRecorder(spans)
        parts = await open_parts(settings, stack, place=place or settings.data_dir, fresh_indexes=fresh_indexes)
        reader = await stack.enter_async_context(GuardedReader(max_file_mb=settings.max_file_mb))
        fetcher = await stack.enter_async_context(
            WebFetcher(
                max_bytes=settings.max_file_bytes,
                timeout=FETCH_SECONDS,
                allow_private_hosts=settings.allow_private_hosts,
                link_headers=link_headers,
            )
        )
        guards = guard(parts, settings, recorder)
        store, words = parts.store, words_of(parts)
        measured = MeasuredFetcher(NotionPages(fetcher), recorder)
        rhythm = Rhythm(settings.refresh_interval, settings.refresh_min, settings.refresh_max)
        library = Library(
            reader=MeasuredReader(reader, recorder),
            fetcher=measured,
            catalogue=words.followed(MeasuredCatalogue(store.catalogue, recorder)),
            shelves=store.shelves,
            journal=store.journal,
            indexing=Indexing(
                dense=parts.dense,
                lexical=words.written,
                embedder=guards.embedder if kept is None else RestoringEmbedder(guards.embedder, kept),
            ),
            looks=store.looks,
            rhythm=rhythm,
        )
        roots = Roots(
            library=library,
            fetcher=measured,
            catalogue=store.catalogue,
            discovery=Discovery(catalogue=store.catalogue, shelves=store.shelves, journal=store.journal),
            rhythm=rhythm,
        )
        knowledge = Knowledge(library=library, catalogue=store.catalogue, shares=store.shares)
        leases = leases_of(parts)
        await recover(leases if settings.shares_stores else None, [library.recover, knowledge.recover])
        if not fresh_indexes and await parts.dense.empty() and await _passages_known(store.catalogue):
            raise Refused("index.empty", store=settings.vectorstore_type)
        await words.open(library)
        await _in_background(stack, words.run())
        await _in_background(stack, copy_vectors(parts))
        retrieval = Retrieval(
            dense=parts.dense, lexical=parts.lexical, shelves=store.shelves, embedder=guards.embedder, recorder=recorder
        )
        preparing = await _in_background(stack, _prepare(parts, library))
        await _in_background(stack, _persist(preparing, parts, library))
        claims = parts.redis.claims if parts.redis else store.claims
        evidence = Evidence(RememberingEmbedder(parts.embedded), likeness=parts.embedded, background=parts.lexical)
        channels = RememberedChannels(store.channels)
        chat = Chat(
            retrieval=retrieval,
            evidence=evidence,
            shelves=store.shelves,
            history=guards.history,
            answers=store.answers,
            claims=guards.claims,
            model=guards.model,
            gate=guards.gate,
            room=guards.room,
            guide_ready=partial(_finished, preparing),
            settings=channels.lately,
            recorder=recorder,
        )
        noticing = Noticing(inbox=store.inbox, channels=channels, claims=claims, catalogue=store.catalogue)
        await _in_background(
            stack, following(parts, chat=chat, evidence=evidence, embedder=guards.embedder, noticing=noticing).run()
        )
        await _in_background(stack, handing_over(guards.standbys))
        await _in_background(stack, Retention(store.review, days=settings.question_retention_days).run())
        await _in_background(stack, beat(recorder))
        looking = watch(parts, settings, recorder, guards=guards)
        audit = AuditLog(store.deeds, days=settings.audit_days)
        exporting, erasing = subjects_of(
            store,
            library=library,
            knowledge=knowledge,
            channels=channels,
            history=guards.history,
            audit=audit,
            seal=parts.seal,
        )
        yield Saseo(
            chat=chat,
            library=library,
            roots=roots,
            retrieval=retrieval,
            catalogue=store.catalogue,
            shelves=store.shelves,
            history=guards.history,
            answers=store.answers,
            review=store.review,
            unanswered=unanswered(parts),
            inbox=store.inbox,
            knowledge=knowledge,
            channels=channels,
            noticing=noticing,
            claims=claims,
            leases=leases,
            jobs=jobs_of(settings),
            installations=store.installations,
            seal=parts.seal,
            visits=store.visits,
            audit=audit,
            looks=store.looks,
            exporting=exporting,
            erasing=erasing,
            backup=Backups(store=store, dense=parts.dense, embedder=guards.embedder, directory=settings.data_dir).make,
            checks=looking.checks,
            figures=looking.figures,
            recorder=recorder,
            exposition=looking.exposition,
        )


async def _passages_known(catalogue: Catalogue) -> bool:
    """Whether there are documents that a search should find."""
    ready = await catalogue.page(DocumentFilter(state="ready"), limit=1)
    return any(document.passage_count for document in ready.documents)


async def _in_background(stack: AsyncExitStack, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
    """Runs beside everything else, and is ended before anything is closed."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)
    return task


async def _finished(task: asyncio.Task[bool]) -> None:
    """Returns when the task has ended, however that was, or when it takes too long."""
    await asyncio.wait([task], timeout=PATIENCE)


async def _persist(preparing: asyncio.Task[bool], parts: Parts, library: Library) -> None:
    """Prepares what could not be prepared at the start, since something was away."""
    prepared = await asyncio.shield(preparing)
    while not prepared:
        await asyncio.sleep(AGAIN_SECONDS)
        prepared = await _prepare(parts, library)


async def _prepare(parts: Parts, library: Library) -> bool:
    """What the first question would otherwise wait for; whether all of it is done."""
    prepared = False
    try:
        await parts.embedded.warm()
        for slow in (parts.model, parts.vendor):
            if slow is not None:
                await slow.warm()
        settle()
        pages = guide.folder()
        if pages is not None:
            await guide.learn(library, parts.store.catalogue, pages)
        # Counted, the vectors are all in memory, and are set aside as well.
        await parts.dense.count()
        prepared = True
    except SaseoError as error:
        log.warning("not everything is prepared yet: %s", error)
    settle()
    return prepared
