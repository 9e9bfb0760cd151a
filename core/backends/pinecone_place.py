"""Which Pinecone index holds the vectors, and how long it is waited for."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT = 20.0
"""Seconds that one call may take."""
RETRIES = 3
LONGEST_PAUSE = 10.0
"""Seconds that are waited before a call is tried again, whatever the server asks for."""
CONTROLLER = "https://api.pinecone.io"


@dataclass(frozen=True, slots=True)
class PineconePlace:
    """A namespace of an index. Without `host` Pinecone is asked where the index is, at `url` if one is given."""

    key: str = field(repr=False)
    index: str
    namespace: str
    identity: str = ""
    dimension: int = 0
    host: str | None = None
    url: str | None = None

    @property
    def name(self) -> str:
        """Where it is, fit for the user."""
        parts = urlsplit(self.host or self.url or CONTROLLER)
        return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

    @property
    def label(self) -> str:
        """The namespace that says which embedder filled the other one; no collection can have this name."""
        return f"{self.namespace}:embedder"
