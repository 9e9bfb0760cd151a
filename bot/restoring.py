"""Brings a backup back: into an empty library, or in the place of one that is given up."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.filling import filling
from bot.parts import embedder_of
from bot.settings import Settings
from bot.store_migration import migrate_store
from bot.vectors import open_vectors
from core.backup import KEY, STORE, KeptVectors, Manifest, unpack
from core.errors import Refused
from core.ports import DocumentFilter

BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps beside a file."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back."""

    manifest: Manifest
    documents: int
    vectors: int
    """Passages in the index of vectors."""
    embedded_anew: bool
    """Whether the vectors of the backup are another embedder's, so that every text was embedded again."""

    @property
    def whole(self) -> bool:
        """Whether everything of the backup is there."""
        return (self.documents, self.vectors) == (self.manifest.documents, self.manifest.passages)


async def restore(
    settings: Settings, source: Path, *, place: Path, replacing: bool, advance: Callable[[int, int], None]
) -> Restored:
    """Brings everything in a backup back; the caller holds the data directory, and `place` in it.

    Nothing is touched before the backup is known to be whole. Raises Refused where something is there already and is
    not to be replaced, and as the stores do; after that the same call brings it to its end.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=settings.data_dir, prefix=".restore-"))
    try:
        manifest = await asyncio.to_thread(unpack, source, folder)
        if not replacing:
            await _refuse_to_replace(settings)
        with filling(settings):
            await _place_store(settings, folder, replacing=replacing)
            if (folder / KEY).exists():
                await asyncio.to_thread((folder / KEY).replace, settings.data_dir / KEY)
            return await _filled(settings, folder, manifest, place=place, advance=advance)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def _refuse_to_replace(settings: Settings) -> None:
    if settings.database_url is None and (settings.data_dir / STORE).exists():
        raise Refused("backup.not_empty", place=settings.data_dir / STORE)
    embedder = embedder_of(settings)
    try:
        async with open_vectors(settings, embedder) as dense:
            if not await dense.empty():
                raise Refused("backup.not_empty", place=settings.vectorstore_type)
    finally:
        await embedder.close()


async def _place_store(settings: Settings, folder: Path, *, replacing: bool) -> None:
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        await migrate_store(folder / STORE, url, replacing=replacing, advance=lambda *_: None)
        return
    for suffix in BESIDE:
        with suppress(FileNotFoundError):
            await asyncio.to_thread((settings.data_dir / f"{STORE}{suffix}").unlink)
    await asyncio.to_thread((folder / STORE).replace, settings.data_dir / STORE)


async def _filled(
    settings: Settings, folder: Path, manifest: Manifest, *, place: Path, advance: Callable[[int, int], None]
) -> Restored:
    """The indexes, filled with the vectors of the backup."""
    from bot.wiring import open_saseo

    embedder = embedder_of(settings)
    fits = (embedder.identity, embedder.dimension) == (manifest.embedder, manifest.dimension)
    await embedder.close()
    kept = await asyncio.to_thread(KeptVectors, folder, dimension=manifest.dimension) if fits else None
    async with open_saseo(settings, place=place, fresh_indexes=True, kept=kept) as saseo:
        done = 0
        async for _ in saseo.library.reindex():
            done += 1
            advance(done, manifest.documents)
        documents = (await saseo.catalogue.page(DocumentFilter(), limit=1)).total
        figures = await saseo.figures()
        return Restored(manifest, documents, figures["index"]["vectors"], embedded_anew=not fits)
