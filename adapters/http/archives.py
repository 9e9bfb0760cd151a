"""Sends files that are large, a block at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO

BLOCK = 1024 * 1024


async def blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    """What is left of a file, which is closed in the end, whoever breaks off."""
    with file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block
