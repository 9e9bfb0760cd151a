"""Small things that outlive the process: one file each in the data directory."""

import asyncio
import json
from pathlib import Path
from typing import Any

MOST_BYTES = 10_000


class Note:
    """One JSON object in a file. What cannot be read counts as empty: nothing here is needed to answer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> dict[str, Any]:
        """What stands in it."""
        return await asyncio.to_thread(self._read)

    async def write(self, content: dict[str, Any]) -> None:
        """Replaces what stands in it. Raises OSError."""
        await asyncio.to_thread(self._write, content)

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self._path.read_bytes()[:MOST_BYTES])
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write(self, content: dict[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(content), encoding="utf-8")
        fresh.replace(self._path)
