"""How frames of the gateway are packed: as text, or in one stream of zlib or zstandard for a whole connection."""

import zlib
from collections.abc import Callable

import zstandard

Pack = Callable[[bytes], bytes]
"""Turns one message into the bytes of one frame; its state lasts as long as the connection."""


def zlib_stream() -> Pack:
    stream = zlib.compressobj()
    return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Pack:
    stream = zstandard.ZstdCompressor().compressobj()
    return lambda data: stream.compress(data) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


PACKINGS: dict[str, Callable[[], Pack]] = {"zlib-stream": zlib_stream, "zstd-stream": zstd_stream}
