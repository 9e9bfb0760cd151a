"""What every adapter is, and whatever else the program runs: a thing with a name that runs until it is cancelled."""

from typing import Protocol, runtime_checkable


class Role(Protocol):
    """A thing that runs. Cancelled, it finishes what it is doing and returns."""

    @property
    def name(self) -> str:
        """How it is called in `--only` and in the log."""
        ...

    async def run(self) -> None:
        """Runs until it is cancelled. Raises when it cannot go on, and then the process ends."""
        ...


@runtime_checkable
class ActsAlone(Protocol):
    """A role that one process of all plays, while the others stand by."""

    @property
    def acts(self) -> bool:
        """Whether this process is the one."""
        ...
