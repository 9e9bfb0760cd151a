"""Every exception of Chroma and tantivy becomes an error with a text for the user."""

import errno

import httpx
import pytest
from chromadb import errors

from core.backends.index_errors import problem, translated
from core.errors import Refused, SaseoError, Unavailable

PLACE = "data/chroma"
KNOWN: list[tuple[BaseException, type[SaseoError], str]] = [
    (errors.InternalError("error returned from database: (code: 13) database or disk is full"), Refused, "disk_full"),
    (OSError(errno.ENOSPC, "No space left on device"), Refused, "disk_full"),
    (errors.InternalError("attempt to write a readonly database"), Refused, "read_only"),
    (errors.InternalError("unable to open database file"), Refused, "read_only"),
    (PermissionError(errno.EACCES, "Permission denied"), Refused, "read_only"),
    (OSError(errno.EROFS, "Read-only file system"), Refused, "read_only"),
    (errors.InternalError("database disk image is malformed"), Refused, "damaged"),
    (errors.InternalError("(code: 26) file is not a database"), Refused, "damaged"),
    (errors.InternalError("Error loading hnsw index"), Refused, "damaged"),
    (errors.AuthorizationError("no"), Refused, "forbidden"),
    (errors.ChromaAuthError("no"), Refused, "forbidden"),
    (ValueError("Failed to acquire Lockfile: LockBusy."), Refused, "in_use"),
    (httpx.ConnectError("All connection attempts failed"), Unavailable, "unreachable"),
    (httpx.ReadTimeout("timed out"), Unavailable, "unreachable"),
    (httpx.RemoteProtocolError("Server disconnected"), Unavailable, "unreachable"),
    (httpx.ReadError("reset"), Unavailable, "unreachable"),
    (ConnectionRefusedError("Connection refused"), Unavailable, "unreachable"),
    (ValueError("Could not connect to a Chroma server. Are you sure it is running?"), Unavailable, "unreachable"),
]


@pytest.mark.parametrize(("error", "kind", "code"), KNOWN, ids=lambda part: str(part)[:40])
def test_a_known_exception_says_what_to_do(error: BaseException, kind: type[SaseoError], code: str) -> None:
    found = problem(error, PLACE)
    assert (type(found), found.code) == (kind, f"index.{code}")
    assert found.text("ko") != found.text("en")


@pytest.mark.parametrize("kind", sorted(set(errors.error_types.values()), key=str))
def test_every_exception_of_chroma_becomes_one_of_ours(kind: type[errors.ChromaError]) -> None:
    if kind is errors.ChromaError:
        return
    with pytest.raises(SaseoError) as found, translated(PLACE):
        raise kind("some words")
    assert isinstance(found.value.__cause__, kind)
    assert found.value.text()


class PanicException(BaseException):
    """What a panic in Rust looks like from here: no Exception."""


def test_a_panic_of_a_rust_library_means_damage() -> None:
    with pytest.raises(Refused) as found, translated(PLACE):
        raise PanicException("index out of bounds")
    assert found.value.code == "index.damaged"


def test_an_error_of_ours_stays_as_it_is() -> None:
    with pytest.raises(Refused) as found, translated(PLACE):
        raise Refused("index.in_use", place=PLACE)
    assert found.value.code == "index.in_use"


def test_an_end_of_the_program_is_no_problem_of_the_index() -> None:
    with pytest.raises(KeyboardInterrupt), translated(PLACE):
        raise KeyboardInterrupt
