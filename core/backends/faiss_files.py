"""A FAISS index on disk: a snapshot, and a journal of what was changed since. Nothing is ever unpickled."""

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from core.backends.matrix import Row
from core.errors import Refused
from core.ports import Vectors
from core.types import PassageKey

CURRENT = "current"
LABEL = "label.json"
KINDS = ("vectors", "rows", "journal")
FRAME = struct.Struct("<QI")
"""Before each change: the length of its body in bytes, and the body's CRC-32."""
HEAD = struct.Struct("<I")
"""Before each body: the length of its JSON in bytes; the vectors follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Addition:
    """Passages with their vectors, shape (rows, dimension)."""

    rows: Sequence[Row]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Removal:
    """A version of a document that goes."""

    document_id: str
    version: int


Change = Addition | Removal


class FaissFiles:
    """The files in one directory. Their names carry a number, and `current` holds the number that is valid: it is
    replaced at once, so that a crash leaves either the old files or the new ones."""

    def __init__(self, path: Path, *, dimension: int) -> None:
        self._path = path
        self._dimension = dimension
        self._number = self._valid()
        self._journal: BinaryIO | None = None
        self._sweep()

    def label(self) -> Mapping[str, Any] | None:
        """Who filled the index; None where nobody has. Raises Refused when it cannot be read."""
        try:
            loaded = json.loads((self._path / LABEL).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise self._damage() from error
        if not isinstance(loaded, dict):
            raise self._damage()
        return loaded

    def mark(self, label: Mapping[str, Any]) -> None:
        """Says who fills the index."""
        self._replace(LABEL, json.dumps(label).encode())

    def load(self) -> tuple[Any, list[Row]]:
        """The index of the last snapshot and its rows, in order. Raises Refused when they are damaged."""
        import faiss

        if not self._number:
            return faiss.IndexFlatIP(self._dimension), []
        try:
            index = faiss.read_index(str(self._file("vectors")))
            lines = self._file("rows").read_text(encoding="utf-8").splitlines()
            rows = [row(json.loads(line)) for line in lines]
        except (RuntimeError, OSError, ValueError, TypeError, KeyError) as error:
            raise self._damage() from error
        if index.ntotal != len(rows) or index.d != self._dimension:
            raise self._damage()
        return index, rows

    def changes(self) -> Iterator[Change]:
        """What was changed since the snapshot, in order. A change that a crash cut off is dropped, for nobody was
        told that it is there. Raises Refused when an earlier one is damaged."""
        whole = 0
        with suppress(FileNotFoundError), self._file("journal").open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while len(head := file.read(FRAME.size)) == FRAME.size:
                length, checksum = FRAME.unpack(head)
                body = file.read(min(length, size))
                if len(body) < length or zlib.crc32(body) != checksum:
                    if file.tell() < size:
                        raise self._damage()
                    break
                yield self._read(body)
                whole = file.tell()
        self._open(whole)

    def append(self, changes: Sequence[Change]) -> None:
        """Adds to the journal; durable when it returns. What cannot be written whole is taken back."""
        if self._journal is None:
            raise RuntimeError("the changes have not been read yet")
        before = self._journal.tell()
        try:
            for change in changes:
                body = _body(change)
                self._journal.write(FRAME.pack(len(body), zlib.crc32(body)) + body)
            self._journal.flush()
            os.fsync(self._journal.fileno())
        except OSError:
            self._open(before)
            raise

    def snapshot(self, index: Any, rows: Sequence[Row]) -> None:
        """Writes everything anew and begins an empty journal. Raises OSError; then everything is as it was."""
        import faiss

        old, self._number = self._number, self._number + 1
        try:
            faiss.write_index(index, str(self._file("vectors")))
            _durable(self._file("vectors"))
            lines = (json.dumps(_plain(one)) for one in rows)
            self._replace(self._file("rows").name, "".join(f"{line}\n" for line in lines).encode())
            self._replace(self._file("journal").name, b"")
            self._replace(CURRENT, str(self._number).encode())
        except BaseException:
            self._number = old
            raise
        self._open(0)
        self._sweep()

    def empty(self) -> None:
        """Deletes everything that was ever written here. Raises Refused when it is damaged."""
        self.label()
        for name in (CURRENT, LABEL, *(self._file(kind).name for kind in KINDS)):
            (self._path / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of the files."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _valid(self) -> int:
        try:
            return int((self._path / CURRENT).read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0
        except ValueError as error:
            raise self._damage() from error

    def _file(self, kind: str) -> Path:
        return self._path / f"{kind}-{self._number}"

    def _open(self, length: int) -> None:
        """Opens the journal to write behind its first `length` bytes; the rest is cut off."""
        self.close()
        path = self._file("journal")
        path.touch()
        os.truncate(path, length)
        self._journal = path.open("ab")

    def _sweep(self) -> None:
        """Removes what an earlier snapshot or a crash has left."""
        kept = {self._file(kind) for kind in KINDS}
        for kind in KINDS:
            for path in set(self._path.glob(f"{kind}-*")) - kept:
                path.unlink(missing_ok=True)

    def _replace(self, name: str, content: bytes) -> None:
        fresh = self._path / f"{name}.new"
        fresh.write_bytes(content)
        _durable(fresh)
        fresh.replace(self._path / name)
        _durable(self._path)

    def _read(self, body: bytes) -> Change:
        try:
            (length,) = HEAD.unpack_from(body)
            told = json.loads(body[HEAD.size : HEAD.size + length])
            if "removed" in told:
                document_id, version = told["removed"]
                return Removal(str(document_id), int(version))
            rows = [row(one) for one in told["rows"]]
            vectors = np.frombuffer(body, dtype="<f4", offset=HEAD.size + length)
            return Addition(rows, vectors.reshape(len(rows), self._dimension))
        except (struct.error, ValueError, TypeError, KeyError) as error:
            raise self._damage() from error

    def _damage(self) -> Refused:
        return Refused("index.damaged", place=str(self._path))


def _body(change: Change) -> bytes:
    if isinstance(change, Removal):
        told: Mapping[str, Any] = {"removed": [change.document_id, change.version]}
        floats = b""
    else:
        told = {"rows": [_plain(one) for one in change.rows]}
        floats = np.ascontiguousarray(change.vectors, dtype="<f4").tobytes()
    head = json.dumps(told).encode()
    return HEAD.pack(len(head)) + head + floats


def _plain(one: Row) -> list[str]:
    return [str(one.key), one.scope, one.language, one.digest]


def row(told: Sequence[Any]) -> Row:
    """A row as it was written. Raises ValueError or TypeError when it is none."""
    key, scope, language, digest = told
    return Row(PassageKey.parse(key), scope=scope, language=language, digest=digest)


def _durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
