"""What alone the answers of a channel may rest on: documents, places where documents came from, readers. Pure."""

from dataclasses import dataclass

from core.types import Audience, Document, Scope


@dataclass(frozen=True, slots=True)
class Allowed:
    """A document is allowed when any of these says so."""

    documents: frozenset[str] = frozenset()
    """Ids."""
    origins: tuple[str, ...] = ()
    """How the origin of a document may begin."""
    scopes: frozenset[Scope] = frozenset()

    @property
    def by_readers_alone(self) -> bool:
        """Whether a look at its scope says of each document whether it is allowed."""
        return not self.documents and not self.origins

    def narrowed(self, audience: Audience) -> Audience:
        """The scopes of an audience that are allowed as a whole."""
        return Audience(audience.scopes & self.scopes)

    def allows(self, document: Document) -> bool:
        """Whether answers may rest on it."""
        return (
            document.id in self.documents or document.origin.startswith(self.origins) or document.scope in self.scopes
        )
