"""Notes in the audit log what was changed over HTTP, in the console and by programs."""

from fastapi import Request

from adapters.http.state import saseo
from core.audit import workspace_of
from core.people import TOKEN
from core.types import Scope


async def deed(request: Request, what: str, *, thing: str = "", scope: Scope | None = None, detail: str = "") -> None:
    """Somebody has done this: whoever is signed in to the console, or whoever has the token. Raises Unavailable."""
    visit = getattr(request.state, "visit", None)
    who = visit.person.id if visit is not None else TOKEN
    workspace = "" if scope is None else workspace_of(scope)
    await saseo(request).audit.note(who, what, thing=thing, workspace=workspace, detail=detail)
    request.state.noted = True


def no_deed(request: Request) -> None:
    """Nothing was changed in the end: there is nothing to note."""
    request.state.noted = True


def is_noted(request: Request) -> bool:
    """Whether that has been said already."""
    return bool(getattr(request.state, "noted", False))
