"""What can be written to the lexical index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.ports import Entry


@dataclass(frozen=True, slots=True)
class Removal:
    """Asks to remove a document's version."""

    document_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Renewal:
    """Asks for just these entries of a document, whatever was there."""

    document_id: str
    entries: Sequence[Entry]


Write: TypeAlias = Sequence[Entry] | Removal | Renewal
