"""An index of words as it was after a write. Looked at from several threads, each of which asks tantivy as rarely as it
can: every single call lets go of the interpreter, and while a crowd asks it waits milliseconds to get it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from core.backends.lexical_files import spoken
from core.evidence import Frequencies
from core.types import Language, PassageKey

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import tantivy

COUNTED = 50_000
"""Terms of a field whose counts are remembered."""
NAMED = 50_000
"""Versions of documents whose names are remembered."""


Versions: TypeAlias = dict[int, tuple[str, int]]
"""Document and version by the number that stands for both in an index."""


class View:
    """The index until the next write, which begins a new view: counts change. Names of versions never do."""

    def __init__(self, searcher: tantivy.Searcher, versions: Versions) -> None:
        self.searcher = searcher
        self.passages = int(searcher.num_docs)
        self._counts: dict[str, dict[str, int]] = {"body": {}, "title": {}, "spoken": {}}
        self._versions = versions

    def count(self, term: str, *, field: str = "body") -> int:
        """In how many passages the term stands."""
        counts = self._counts[field]
        known = counts.get(term)
        if known is None:
            if len(counts) >= COUNTED:
                counts.clear()
            known = counts[term] = int(self.searcher.doc_freq(field, term))
        return known

    def said(self, terms: Sequence[str], language: Language | None) -> Sequence[str]:
        """Those of these terms that some passage in this language holds; all of them where any language will do.

        Most words of a question are said in its own language alone, and need not be looked for in another one."""
        if language is None:
            return terms
        return [term for term in terms if self.count(spoken(term, language), field="spoken")]

    def frequencies(self, terms: Collection[str]) -> Frequencies:
        """In how many passages each of these terms stands."""
        return self._told({term: self.count(term) for term in terms})

    def counted(self, terms: Collection[str]) -> Frequencies | None:
        """What `frequencies` gives, where all of these terms are known already."""
        counts = {term: self._counts["body"].get(term) for term in terms}
        return None if None in counts.values() else self._told(counts)

    def _told(self, counts: Mapping[str, int | None]) -> Frequencies:
        return Frequencies(self.passages, {term: count for term, count in counts.items() if count})

    def keys(self, addresses: list[tantivy.DocAddress]) -> list[PassageKey]:
        """The keys of the passages at these addresses."""
        versions, ordinals = (self._numbers(name, addresses) for name in ("version_number", "ordinal"))
        return [
            PassageKey(*(self._versions.get(version) or self._named(version, address)), ordinal)
            for address, version, ordinal in zip(addresses, versions, ordinals, strict=True)
        ]

    def _numbers(self, field: str, addresses: list[tantivy.DocAddress]) -> Sequence[int]:
        return cast("Sequence[int]", self.searcher.fast_field_values(field, addresses))

    def _named(self, version: int, address: tantivy.DocAddress) -> tuple[str, int]:
        """Which version of which document that number stands for."""
        if len(self._versions) >= NAMED:
            self._versions.clear()
        key = PassageKey.parse(self.searcher.doc(address)["key"][0])
        self._versions[version] = named = (key.document_id, key.version)
        return named
