"""Reads the body of an answer up to a limit, and unpacks gzip without ever holding more than that."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from io import BytesIO

from core.errors import Refused, Unavailable

MEGABYTE = 1024 * 1024
STEP = 256 * 1024
"""Unpacked bytes between two looks at the event loop; about a millisecond of work."""
GZIP = 16 + zlib.MAX_WBITS


async def collect(pieces: AsyncIterable[bytes], *, limit: int) -> bytes:
    """All of it. Raises Refused as soon as it is more than `limit` bytes."""
    # BytesIO hands its buffer out without copying it, which for 50 MB would hold up the event loop.
    body = BytesIO()
    async for piece in pieces:
        if body.tell() + len(piece) > limit:
            raise too_large(limit)
        body.write(piece)
    return body.getvalue()


async def beginning(pieces: AsyncIterable[bytes], *, limit: int) -> bytes:
    """Its first `limit` bytes."""
    body = bytearray()
    async for piece in pieces:
        body += piece[: limit - len(body)]
        if len(body) == limit:
            break
    return bytes(body)


async def unpacked(pieces: AsyncIterable[bytes], *, encoding: str, host: str) -> AsyncGenerator[bytes, None]:
    """The content behind a Content-Encoding, in pieces of bounded size. Raises Refused for one we never asked for
    and Unavailable for a damaged one."""
    if encoding in ("", "identity"):
        async for piece in pieces:
            yield piece
        return
    if encoding not in ("gzip", "x-gzip"):
        raise Refused("fetch.encoding", host=host, encoding=encoding[:40])
    gzip = _Gzip()
    try:
        async for piece in pieces:
            for part in gzip.feed(piece):
                yield part
                await asyncio.sleep(0)
    except zlib.error as error:
        raise Unavailable("fetch.broken", host=host) from error
    if not gzip.complete:
        raise Unavailable("fetch.broken", host=host)


def too_large(limit: int) -> Refused:
    """The refusal of a page beyond the limit in bytes."""
    return Refused("fetch.too_large", limit=max(1, limit // MEGABYTE))


class _Gzip:
    """Unpacks gzip members that follow one another; what comes after them is ignored, as browsers do."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)

    @property
    def complete(self) -> bool:
        """Whether the data may end here."""
        return self._member.eof

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What this data unpacks to."""
        while data:
            if self._member.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return
                self._member = zlib.decompressobj(GZIP)
            yield self._member.decompress(data, STEP)
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
