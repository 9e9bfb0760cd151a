"""Turns whatever Chroma and tantivy raise into an error of ours with a text for the user."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Refused, SaseoError, Unavailable

log = logging.getLogger(__name__)

_FORBIDDEN = ("authorizationerror", "chromaautherror", "forbidden", "unauthorized")
_FULL = ("disk is full", "no space left", "file too large")
_READ_ONLY = ("readonly", "read-only", "permission denied", "unable to open database", "not a directory", "file exists")
_IN_USE = ("lockbusy", "lockfile")
_UNREACHABLE = ("could not connect", "connecterror", "connection refused", "timeout", "protocolerror", "readerror")
_DAMAGED = (
    "malformed",
    "not a database",
    "corrupt",
    "panicexception",
    "hnsw",
    "finding id",
    "no such table",
    "disk i/o error",
)
_FATAL = (KeyboardInterrupt, SystemExit, GeneratorExit)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """A vendor's exceptions leave as Refused or Unavailable; `place` is its directory or address."""
    try:
        yield
    except SaseoError:
        raise
    except BaseException as error:
        # A panic of a Rust library is no Exception but a BaseException.
        if isinstance(error, _FATAL):
            raise
        raise problem(error, place) from error


def problem(error: BaseException, place: str) -> SaseoError:
    """What to tell the user about a vendor's exception."""
    told = f"{type(error).__name__} {error}".lower()
    if any(sign in told for sign in _FORBIDDEN):
        return Refused("index.forbidden", place=place)
    if any(sign in told for sign in _FULL):
        return Refused("index.disk_full", place=place)
    if any(sign in told for sign in _READ_ONLY):
        return Refused("index.read_only", place=place)
    if any(sign in told for sign in _IN_USE):
        return Refused("index.in_use", place=place)
    if any(sign in told for sign in _UNREACHABLE):
        return Unavailable("index.unreachable", place=place)
    if any(sign in told for sign in _DAMAGED):
        return Refused("index.damaged", place=place)
    # Where it was, and not what it says, which may quote a document.
    frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-3:]]
    log.warning("an index raised %s at %s", type(error).__name__, ", ".join(frames))
    return Unavailable("index.failed", reason=type(error).__name__)
