"""The copy of the vectors that a process keeps of a server's, where the catalogue tells what changes."""

from typing import TYPE_CHECKING

from core.backends.copied_index import CopiedIndex
from core.keeping_up import KeepingUp

if TYPE_CHECKING:
    from bot.parts import Parts


async def copy_vectors(parts: "Parts") -> None:
    """Makes the copy once it is worth it and keeps it up until this is cancelled; returns where there is none."""
    trail = getattr(parts.store, "trail", None)
    if trail is None or not isinstance(parts.dense, CopiedIndex):
        return
    await parts.dense.wanted.wait()
    await KeepingUp(trail=trail, catalogue=parts.store.catalogue, kept=parts.dense).run()
