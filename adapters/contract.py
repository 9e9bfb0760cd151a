"""What every adapter is: a thing with a name that runs until it is cancelled."""

from typing import Protocol


class Adapter(Protocol):
    """A platform, or another thing that runs. If `run` ends with an error, the process ends."""

    @property
    def name(self) -> str:
        """Its name on the command line, e.g. `http`."""
        ...

    async def run(self) -> None:
        """Runs until cancelled, then lets what is under way finish."""
        ...
