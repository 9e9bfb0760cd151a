"""Keeps the files of a folder open, so that nobody else is the last to let go of one that was deleted.

The last one waits while the file system frees the file, which takes up to a tenth of a second. A library that does so
while it holds the interpreter would hold up everything.
"""

import os
from contextlib import suppress
from pathlib import Path

POSIX = os.name == "posix"
"""Elsewhere a file that is open cannot be deleted."""


class KeptOpen:
    """The files of one folder. One thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._files)

    def hold(self) -> None:
        """Opens what is new."""
        for path in self._folder.iterdir() if POSIX else ():
            if path.name not in self._files:
                with suppress(FileNotFoundError):
                    self._files[path.name] = os.open(path, os.O_RDONLY)

    def let_go(self) -> None:
        """Closes what was deleted. Blocks, and lets other threads go on meanwhile."""
        deleted = [name for name, file in self._files.items() if not os.fstat(file).st_nlink]
        for name in deleted:
            os.close(self._files.pop(name))

    def close(self) -> None:
        """Closes everything."""
        while self._files:
            os.close(self._files.popitem()[1])
