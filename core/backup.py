"""A backup: one file that holds a whole library. It is a tar archive, and its last member proves that it is whole.

saseo.db      every row, as the embedded store writes it
secret.key    opens the tokens in it, where the key is kept in a file
digests.bin   SHA-256 of each text, 32 bytes a text
vectors.f32   the vector of each of these texts, little-endian 32-bit floats
manifest.json what it is, and the SHA-256 of every other member
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO

import numpy as np

from core.errors import Refused
from core.ports import Embedder, Vector, Vectors
from core.types import digest

FORMAT = 1
STORE, KEY, DIGESTS, VECTORS, MANIFEST = "saseo.db", "secret.key", "digests.bin", "vectors.f32", "manifest.json"
MEMBERS = (STORE, KEY, DIGESTS, VECTORS)
DIGEST_BYTES = 32
FLOAT = np.dtype("<f4")
MOST_MANIFEST = 100_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    """ISO 8601, UTC."""
    release: str
    embedder: str
    """The identity of what made the vectors."""
    dimension: int
    documents: int
    passages: int
    vectors: int
    sums: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each member, in hexadecimal."""
    format: int = FORMAT

    def dump(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), indent=2).encode()


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    path: Path
    manifest: Manifest


class VectorFiles:
    """Vectors on their way into a backup: written as they come, one for each text."""

    def __init__(self, folder: Path) -> None:
        self._digests = (folder / DIGESTS).open("wb")
        self._vectors = (folder / VECTORS).open("wb")
        self.count = 0

    def add(self, found: Mapping[str, Vector]) -> None:
        """Writes vectors by the digests of their texts. Blocks."""
        for name, vector in found.items():
            self._digests.write(bytes.fromhex(name))
            self._vectors.write(np.asarray(vector, dtype=FLOAT).tobytes())
        self.count += len(found)

    def close(self) -> None:
        """Nothing more comes."""
        self._digests.close()
        self._vectors.close()


def pack(folder: Path, target: Path, manifest: Manifest) -> Manifest:
    """Puts the members in a folder together in a file that only its owner may read. Blocks. Raises OSError."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w|") as archive:
            sums = {}
            for name in MEMBERS:
                if (folder / name).exists():
                    with (folder / name).open("rb") as member:
                        summed = _Summed(member)
                        archive.addfile(_nameless(archive.gettarinfo(arcname=name, fileobj=member)), summed)
                    sums[name] = summed.sum.hexdigest()
            whole = replace(manifest, sums=sums)
            last = tarfile.TarInfo(MANIFEST)
            last.size = len(whole.dump())
            archive.addfile(_nameless(last), io.BytesIO(whole.dump()))
        file.flush()
        os.fsync(file.fileno())
    return whole


def unpack(source: Path, folder: Path) -> Manifest:
    """Takes a backup apart into an empty folder. Blocks. Raises Refused where it is none, is cut off, was changed, or
    is of a newer release."""
    with _damage_told(source), tarfile.open(source, mode="r:") as archive:
        manifest = _manifest(archive)
        for name in MEMBERS:
            if name in manifest.sums and _extract(archive, name, folder / name) != manifest.sums[name]:
                raise Refused("backup.damaged", path=source)
        return manifest


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Blocks. Raises Refused like `unpack`, as far as can be seen without reading it
    all."""
    with _damage_told(source), tarfile.open(source, mode="r:") as archive:
        return _manifest(archive)


class KeptVectors:
    """The vectors of a backup that was taken apart, looked up by the digests of their texts; they stay on the disk."""

    def __init__(self, folder: Path, *, dimension: int) -> None:
        names = np.fromfile(folder / DIGESTS, dtype=f"V{DIGEST_BYTES}")
        self._rows: dict[bytes, int] = {name.tobytes(): row for row, name in enumerate(names)}
        self._vectors: Vectors = np.zeros((0, dimension), dtype=FLOAT)
        if len(names):
            self._vectors = np.memmap(folder / VECTORS, dtype=FLOAT, mode="r", shape=(len(names), dimension))

    def recall(self, texts: Collection[str]) -> dict[str, Vector]:
        """The vectors of these texts, as far as there are any."""
        rows = {text: self._rows.get(bytes.fromhex(digest(text))) for text in texts}
        return {text: np.array(self._vectors[row]) for text, row in rows.items() if row is not None}


class RestoringEmbedder:
    """An embedder that knows the vectors of a backup, and embeds only texts that it holds none of."""

    def __init__(self, embedder: Embedder, kept: KeptVectors) -> None:
        self._embedder = embedder
        self._kept = kept
        self.identity = embedder.identity
        self.dimension = embedder.dimension

    async def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order. Raises like the embedder."""
        known = self._kept.recall(set(texts))
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, await self._embedder.passages(missing), strict=True))
        return np.stack([known[text] for text in texts])

    async def question(self, text: str) -> Vector:
        """As the embedder makes it."""
        return await self._embedder.question(text)


def _nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the names of people and machines."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _manifest(archive: tarfile.TarFile) -> Manifest:
    data = archive.extractfile(MANIFEST)
    if data is None:
        raise ValueError(MANIFEST)
    said = json.loads(data.read(MOST_MANIFEST))
    if said["format"] > FORMAT:
        raise Refused("backup.newer", path=archive.name)
    return Manifest(**said)


def _extract(archive: tarfile.TarFile, name: str, target: Path) -> str:
    """Writes a member to a file, and returns its SHA-256."""
    data = archive.extractfile(name)
    if data is None:
        raise ValueError(name)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with data, os.fdopen(handle, "wb") as file:
        shutil.copyfileobj(summed := _Summed(data), file)
    return summed.sum.hexdigest()


@contextmanager
def _damage_told(source: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise Refused("backup.no_file", path=source) from error
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        raise Refused("backup.damaged", path=source) from error


class _Summed:
    """A file whose SHA-256 is known once it was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """What the file reads."""
        block = self._file.read(size)
        self.sum.update(block)
        return block
