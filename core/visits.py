"""Who is signed in, as far as the server knows: a cookie whose visit was ended is worth nothing."""

from typing import Protocol


class Visits(Protocol):
    """The visits that live. A visit has one name after the other, so that a stolen cookie is soon of no use."""

    async def begin(self, name: str, body: str, *, family: str, seconds: float) -> None:
        """Somebody is signed in for so long. `family` stays the same as long as the visit lasts; `body` is given back
        by `find`."""
        ...

    async def find(self, name: str) -> str | None:
        """What was kept with a visit that lives."""
        ...

    async def rename(self, name: str, fresh: str, *, seconds: float, grace: float) -> bool:
        """From now on the visit is called otherwise, and lives for `seconds`. What is under way may still use the old
        name for `grace` seconds. False where there is none, or where it has been renamed already."""
        ...

    async def end(self, family: str) -> None:
        """Somebody has signed out."""
        ...
