"""Turns what PostgreSQL, its driver and the network raise into Refused (the user can mend it) or Unavailable."""

from asyncpg import InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import Refused, SaseoError, Unavailable

REFUSED = {
    "28000": "postgres.login",
    "28P01": "postgres.login",
    "3D000": "postgres.no_database",
    "42501": "postgres.permission",
    "42P07": "postgres.foreign",
    "42704": "postgres.url",
    "XX001": "postgres.damaged",
    "XX002": "postgres.damaged",
}
UNAVAILABLE = {
    "25006": "postgres.read_only",
    "40001": "postgres.busy",
    "40P01": "postgres.busy",
    "53100": "postgres.full",
    "53300": "postgres.busy",
    "55P03": "postgres.busy",
    "57014": "postgres.busy",
}
"""By SQLSTATE."""
AGAIN = frozenset({"23503", "23505", "40001", "40P01"})
"""What somebody else did at the same time, so that the same transaction may succeed the next time."""
LOST = (OSError, TimeoutError, InterfaceError)
GONE = ("08", "57P")
"""How the states begin that mean that the server is away, or is just going or coming."""


def state(error: BaseException | None) -> str:
    """The SQLSTATE that an error or what caused it tells; empty where nothing does."""
    while error is not None:
        told = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
        if told:
            return str(told)
        error = error.__cause__
    return ""


def translated(error: Exception) -> SaseoError:
    """What to tell the caller instead of a vendor's error."""
    code = state(error)
    if code in REFUSED:
        return Refused(REFUSED[code])
    if code in UNAVAILABLE:
        return Unavailable(UNAVAILABLE[code])
    if isinstance(error, PoolTimeout):
        return Unavailable("postgres.busy")
    return Unavailable("postgres.away" if code.startswith(GONE) or _is_lost(error) else "postgres.failed")


def _is_lost(error: BaseException | None) -> bool:
    """Whether the connection went, or none could be made."""
    while error is not None:
        if isinstance(error, LOST) or getattr(error, "connection_invalidated", False):
            return True
        error = error.__cause__
    return False
