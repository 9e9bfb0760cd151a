"""Turns whatever Pinecone's SDK raises into an error of ours with a text for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.backends.pinecone_place import PineconePlace
from core.errors import Refused, SaseoError, Unavailable

_QUOTA = ("current month", "payment", "quota")


@contextmanager
def translated(place: PineconePlace) -> Iterator[None]:
    """The SDK's exceptions leave as Refused or Unavailable."""
    try:
        yield
    except SaseoError:
        raise
    except Exception as error:
        raise problem(error, place) from error


def problem(error: Exception, place: PineconePlace) -> SaseoError:
    """What to tell the user about an exception of the SDK or of what carries its requests."""
    status, told = getattr(error, "status", None), str(getattr(error, "body", "")).lower()
    if status == 402 or (status in (403, 429) and any(sign in told for sign in _QUOTA)):
        return Refused("pinecone.quota")
    if status in (401, 403):
        return Refused("pinecone.key", place=place.name)
    if status == 404:
        return Refused("pinecone.no_index", index=place.index, place=place.name, dimension=place.dimension)
    if status == 429:
        return Unavailable("pinecone.busy")
    if status is not None:
        return Unavailable("index.failed", reason=f"Pinecone: {status}")
    if _of_the_network(error):
        return Unavailable("pinecone.unreachable", place=place.name)
    return Unavailable("index.failed", reason=type(error).__name__)


def _of_the_network(error: Exception) -> bool:
    from pinecone.utils.error_handling import ProtocolError
    from urllib3.exceptions import HTTPError

    return isinstance(error, HTTPError | ProtocolError | OSError)
