"""One file for a whole library: it comes back as it was, or not at all."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.backends.memory_world import WordEmbedder
from core.backup import (
    DIGESTS,
    KEY,
    MANIFEST,
    STORE,
    VECTORS,
    KeptVectors,
    Manifest,
    RestoringEmbedder,
    VectorFiles,
    pack,
    read_manifest,
    unpack,
)
from core.errors import Refused
from core.ports import Vectors
from core.types import digest

MADE = Manifest("2026-01-01T00:00:00+00:00", "1.0", "words", 3, documents=1, passages=2, vectors=2)
TEXTS = {"one": [1, 0, 0], "두 번째": [0, 0.5, 0.25]}


def made(folder: Path) -> Path:
    """A backup of two texts."""
    parts = folder / "parts"
    parts.mkdir()
    (parts / STORE).write_bytes(b"rows")
    (parts / KEY).write_bytes(b"key")
    files = VectorFiles(parts)
    files.add({digest(text): np.array(vector, dtype=np.float32) for text, vector in TEXTS.items()})
    files.close()
    assert files.count == 2
    pack(parts, folder / "backup", MADE)
    return folder / "backup"


def parted(source: Path) -> Path:
    folder = source.with_name("apart")
    folder.mkdir()
    unpack(source, folder)
    return folder


def refusal(source: Path) -> str:
    folder = source.with_name("apart")
    folder.mkdir()
    with pytest.raises(Refused) as refused:
        unpack(source, folder)
    return refused.value.code


def test_what_was_packed_comes_back_as_it_was(tmp_path: Path) -> None:
    source = made(tmp_path)
    folder = parted(source)
    assert (folder / STORE).read_bytes() == b"rows"
    assert (folder / KEY).read_bytes() == b"key"
    manifest = read_manifest(source)
    assert set(manifest.sums) == {STORE, KEY, DIGESTS, VECTORS}
    assert (manifest.made_at, manifest.documents, manifest.passages) == (MADE.made_at, 1, 2)


def test_where_the_key_is_not_kept_in_a_file_there_is_none(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    VectorFiles(parts).close()
    (parts / STORE).write_bytes(b"rows")
    pack(parts, tmp_path / "backup", MADE)
    assert {one.name for one in parted(tmp_path / "backup").iterdir()} == {STORE, DIGESTS, VECTORS}


def test_only_its_owner_may_read_it_and_nobody_is_named_in_it(tmp_path: Path) -> None:
    source = made(tmp_path)
    assert source.stat().st_mode & 0o077 == 0
    assert (parted(source) / KEY).stat().st_mode & 0o077 == 0
    with tarfile.open(source) as archive:
        assert {(one.uid, one.uname, one.gname) for one in archive.getmembers()} == {(0, "", "")}


def test_vectors_are_found_by_their_texts(tmp_path: Path) -> None:
    kept = KeptVectors(parted(made(tmp_path)), dimension=3)
    found = kept.recall([*TEXTS, "unknown"])
    assert {text: vector.tolist() for text, vector in found.items()} == TEXTS


def test_a_library_without_texts_is_one_too(tmp_path: Path) -> None:
    VectorFiles(tmp_path).close()
    assert KeptVectors(tmp_path, dimension=3).recall(["one"]) == {}


class Counting(WordEmbedder):
    """Notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__(dimension=3)
        self.asked: list[str] = []

    async def passages(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        return await super().passages(texts)


async def test_only_texts_without_a_vector_are_embedded(tmp_path: Path) -> None:
    inner = Counting()
    embedder = RestoringEmbedder(inner, KeptVectors(parted(made(tmp_path)), dimension=3))
    vectors = await embedder.passages(["one", "new", "두 번째", "new", "one"])
    assert inner.asked == ["new"]
    assert vectors[[0, 2, 4]].tolist() == [TEXTS["one"], TEXTS["두 번째"], TEXTS["one"]]
    assert (vectors[1] == vectors[3]).all()
    await embedder.passages(["one"])
    assert inner.asked == ["new"]
    assert (embedder.identity, embedder.dimension) == (inner.identity, 3)
    assert (await embedder.question("x") == await inner.question("x")).all()


def test_one_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    source = made(tmp_path)
    source.write_bytes(source.read_bytes()[:2000])
    assert refusal(source) == "backup.damaged"


def test_one_that_was_changed_is_refused(tmp_path: Path) -> None:
    source = made(tmp_path)
    source.write_bytes(source.read_bytes().replace(b"rows", b"sows"))
    assert refusal(source) == "backup.damaged"


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" * 500])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "backup"
    source.write_bytes(content)
    assert refusal(source) == "backup.damaged"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert refusal(tmp_path / "backup") == "backup.no_file"


def forged(source: Path, manifest: object, *, kind: bytes = tarfile.REGTYPE) -> Path:
    """An archive with whatever manifest."""
    data = json.dumps(manifest).encode()
    with tarfile.open(source, "w") as archive:
        for name, content in {STORE: b"rows", MANIFEST: data}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if name == (MANIFEST if kind == tarfile.DIRTYPE else STORE):
                member.type, member.size = kind, 0
            archive.addfile(member, io.BytesIO(content))
    return source


def test_one_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    assert refusal(forged(tmp_path / "backup", {"format": 2, "secrets": []})) == "backup.newer"


@pytest.mark.parametrize("manifest", [[], {}, {"format": 1}, {"format": "one"}, None])
def test_a_manifest_that_makes_no_sense_is_refused(tmp_path: Path, manifest: object) -> None:
    assert refusal(forged(tmp_path / "backup", manifest)) == "backup.damaged"


def test_nothing_but_files_is_taken_out(tmp_path: Path) -> None:
    said = json.loads(MADE.dump()) | {"sums": {STORE: "0"}}
    assert refusal(forged(tmp_path / "backup", said, kind=tarfile.CHRTYPE)) == "backup.damaged"
    (tmp_path / "apart").rmdir()
    assert refusal(forged(tmp_path / "backup", said, kind=tarfile.DIRTYPE)) == "backup.damaged"
