"""Makes a backup of a library that is in use: the rows as they are at one moment, and the vectors of their texts."""

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.version import version
from core.backup import KEY, STORE, Backup, Manifest, VectorFiles, pack
from core.errors import Refused, Unavailable
from core.ports import DenseIndex, Embedder
from core.types import digest

if TYPE_CHECKING:
    from bot.stores import AnyStore

BATCH = 500
"""Vectors that are asked for at once."""
BESIDE = ".backup-"
"""What stands beside the file until it is whole."""
KEPT_SECONDS = 24 * 3600.0
"""After so long nobody works at it any more."""


class Backups:
    """One at a time, so that they do not fill the disk together."""

    def __init__(self, *, store: "AnyStore", dense: DenseIndex, embedder: Embedder, directory: Path) -> None:
        self._store = store
        self._dense = dense
        self._embedder = embedder
        self._directory = directory
        self._turn = asyncio.Lock()

    async def make(self, target: Path | None = None) -> Backup:
        """Writes a backup to a file that is not there yet; without one, to a file beside the library that the caller
        deletes. It needs twice its room while it is made.

        Raises Refused where it cannot be written, Unavailable where one is being made and as the stores do.
        """
        if self._turn.locked():
            raise Unavailable("backup.busy")
        async with self._turn:
            target = target or self._directory / f"{BESIDE}{secrets.token_hex(8)}"
            await asyncio.to_thread(_sweep, target.parent)
            if await asyncio.to_thread(target.exists):
                raise Refused("backup.exists", path=target)
            try:
                folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=target.parent, prefix=BESIDE))
            except OSError as error:
                raise _unwritten(target, error) from error
            try:
                return Backup(target, await self._made(folder, target))
            except OSError as error:
                raise _unwritten(target, error) from error
            finally:
                await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _made(self, folder: Path, target: Path) -> Manifest:
        from core.backends.sqlite.snapshot import contents

        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        await self._store.snapshot(folder / STORE)
        key = self._directory / KEY
        if await asyncio.to_thread(key.exists):
            await asyncio.to_thread(shutil.copyfile, key, folder / KEY)
        count = await self._vectors(folder)
        held = await asyncio.to_thread(contents, folder / STORE)
        manifest = Manifest(
            made_at=made_at,
            release=version(),
            embedder=self._embedder.identity,
            dimension=self._embedder.dimension,
            documents=held.documents,
            passages=held.passages,
            vectors=count,
        )
        packed = folder / target.name
        whole = await asyncio.to_thread(pack, folder, packed, manifest)
        # Only what is whole stands at its place.
        await asyncio.to_thread(packed.rename, target)
        return whole

    async def _vectors(self, folder: Path) -> int:
        from core.backends.sqlite.snapshot import texts

        files, seen = await asyncio.to_thread(VectorFiles, folder), set[bytes]()
        try:
            pages = texts(folder / STORE)
            while page := await asyncio.to_thread(next, pages, None):
                for names in _fresh(page, seen):
                    await asyncio.to_thread(files.add, await self._dense.recall(names))
        finally:
            await asyncio.to_thread(files.close)
        return files.count


def _sweep(folder: Path) -> None:
    """Takes away what processes left that died while they made a backup."""
    for left in folder.glob(f"{BESIDE}*"):
        if left.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _fresh(page: Sequence[str], seen: set[bytes]) -> list[list[str]]:
    """Digests of texts that were not seen yet, in batches."""
    names = [name for name in dict.fromkeys(map(digest, page)) if bytes.fromhex(name) not in seen]
    seen.update(map(bytes.fromhex, names))
    return [names[first : first + BATCH] for first in range(0, len(names), BATCH)]


def _unwritten(target: Path, error: OSError) -> Refused:
    return Refused("backup.unwritten", path=target, reason=error.strerror or str(error))
