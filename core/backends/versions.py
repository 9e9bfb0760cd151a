"""The rule that makes replacing a document sound: which version becomes current, and which is left over.

`Journal.begin` hands out versions that rise over the whole store. A version that was begun is open until it is
saved, swept or abandoned; forgetting a document abandons all its open versions. A save makes its version current
when it is open and higher than the current one, or when it is the current one (a save that is sent again). Every
other save changes nothing but the journal: its version is noted as a leftover, to be swept from the indexes. So the
highest version that was saved wins, in whatever order saves arrive, and nothing that was forgotten comes back
except through a version that was begun afterwards.
"""

from collections.abc import Sequence

from core.types import Document, Passage

PASSAGES_OF_A_DOCUMENT = 2**20
"""Ordinals are below this."""


def becomes_current(version: int, *, current: int | None, is_open: bool) -> bool:
    """Whether a save of this version is the one that readers see from now on."""
    if version == current:
        return True
    return is_open and (current is None or version > current)


def check_whole(document: Document, passages: Sequence[Passage], *, newest: int) -> None:
    """Raises ValueError unless the version was begun and the passages are its own; `newest` was begun last."""
    if not 0 < document.version <= newest:
        raise ValueError(f"version {document.version} was never begun")
    if any((passage.document_id, passage.version) != (document.id, document.version) for passage in passages):
        raise ValueError("passages of another document or version")
    ordinals = {passage.ordinal for passage in passages}
    if len(ordinals) != len(passages):
        raise ValueError("two passages with one ordinal")
    if ordinals and not 0 <= min(ordinals) <= max(ordinals) < PASSAGES_OF_A_DOCUMENT:
        raise ValueError("an ordinal out of range")
