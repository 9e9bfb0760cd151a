"""What is to go wrong with requests, scripted by a test."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(slots=True)
class Fault:
    """Spoils the next `times` requests whose `METHOD /path` matches `route`.

    `route` is a pattern over the template, e.g. `POST /channels/*/messages`, `* /webhooks/*`, `*`; downloads are
    `GET /attachments`.
    """

    route: str = "*"
    times: int = 1
    status: int = 0
    """An HTTP status to answer with; 0: the request is carried out."""
    code: int = 0
    """Discord's own code in the body of such an answer."""
    retry_after: float = 1.0
    via: bool = True
    """A 429 of Discord itself; false: one of the edge before it, without `Via` and without JSON."""
    is_global: bool = False
    delay: float = 0.0
    """Seconds on the clock before anything happens."""
    delay_after: float = 0.0
    """Seconds on the clock after it was done, before it is answered."""
    drop: str = ""
    """`before`: the connection is cut and nothing was done; `after`: it was done, but the answer is lost."""

    def __post_init__(self) -> None:
        if self.drop not in ("", "before", "after"):
            raise ValueError("drop is `before`, `after` or nothing")


@dataclass(slots=True)
class Faults:
    """Everything that is to go wrong with requests from now on."""

    scripted: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> Fault:
        self.scripted.append(fault)
        return fault

    def take(self, route: str) -> Fault | None:
        """The fault for this request, used up by it."""
        for fault in self.scripted:
            if fault.times > 0 and fnmatchcase(route, fault.route):
                fault.times -= 1
                return fault
        return None
