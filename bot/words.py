"""The word index of a process: all its own, or kept up with a catalogue that other processes change too."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.keeping_up import FollowedCatalogue, KeepingUp
from core.kept_words import FollowingIndex, KeptWords, entries_of
from core.library import Library
from core.ports import Catalogue, Index

if TYPE_CHECKING:
    from bot.parts import Parts
    from core.backends.lexical import LexicalIndex


@dataclass(frozen=True, slots=True)
class Words:
    """The index with what keeps it up; None where nobody else changes the catalogue."""

    lexical: "LexicalIndex"
    keeping_up: KeepingUp | None = None

    @property
    def written(self) -> Index:
        """The index that the library writes to."""
        return self.lexical if self.keeping_up is None else FollowingIndex(self.lexical)

    def followed(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue that the library writes to."""
        return catalogue if self.keeping_up is None else FollowedCatalogue(catalogue, self.keeping_up)

    async def open(self, library: Library) -> None:
        """Fills the index from the catalogue where it has to be built anew."""
        if self.keeping_up is not None:
            await self.keeping_up.open()
        elif self.lexical.stale:
            await self.lexical.rebuild(entries_of(library.shelved()))

    async def run(self) -> None:
        """Follows what others change, until it is cancelled."""
        if self.keeping_up is not None:
            await self.keeping_up.run()


def words_of(parts: "Parts") -> Words:
    """Those of a process with these backends: with a store that processes share, the index follows its trail."""
    store = parts.store
    trail = getattr(store, "trail", None)
    if trail is None:
        return Words(parts.lexical)
    kept = KeptWords(parts.lexical, store.shelves)
    follower = KeepingUp(trail=trail, catalogue=store.catalogue, kept=kept)
    return Words(parts.lexical, follower)
