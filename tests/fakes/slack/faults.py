"""What is to go wrong: faults of Web API methods and of the socket, scripted by a test."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(slots=True)
class Fault:
    """Spoils the next `times` calls of the methods that match `method` (a pattern such as `chat.*`)."""

    method: str
    times: int = 1
    status: int = 200
    """An HTTP status to answer with; 429 carries Retry-After."""
    error: str = ""
    """An error to answer with, as `{"ok": false, "error": ...}`."""
    retry_after: int = 1
    delay: float = 0.0
    """Seconds on the clock before anything happens."""
    drop: str = ""
    """`before`: the connection is cut and nothing was done; `after`: it was done, but the answer is lost."""

    def __post_init__(self) -> None:
        if self.drop not in ("", "before", "after"):
            raise ValueError("drop is `before`, `after` or nothing")


@dataclass(slots=True)
class Faults:
    """Everything that is to go wrong from now on."""

    scripted: list[Fault] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    """Patterns of methods that this server does not have."""
    refused_handshakes: int = 0
    lost_acks: int = 0
    """So many of the next acknowledgements are not noticed."""

    def take(self, method: str) -> Fault | None:
        """The fault for this call, used up by it."""
        for fault in self.scripted:
            if fault.times > 0 and fnmatchcase(method, fault.method):
                fault.times -= 1
                return fault
        return None

    def lacks(self, method: str) -> bool:
        return any(fnmatchcase(method, pattern) for pattern in self.unknown)

    def lack(self, patterns: Sequence[str]) -> None:
        self.unknown = tuple(patterns)

    def handshake_refused(self) -> bool:
        if self.refused_handshakes == 0:
            return False
        self.refused_handshakes -= 1
        return True

    def ack_lost(self) -> bool:
        if self.lost_acks == 0:
            return False
        self.lost_acks -= 1
        return True
