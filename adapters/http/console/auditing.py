"""The page of the audit log: who changed what, and when."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from adapters.http.console.entering import Visiting
from adapters.http.console.pages import language, page
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.state import saseo
from core.audit import Noted
from core.messages import catalogue
from core.people import Right
from core.types import Document

PAGE = 50

router = APIRouter(prefix="/audit", route_class=ConsoleRoute)


@router.get("", name="audit")
@needs(Right.ADMINISTER)
async def audit(request: Request, visit: Visiting, before: Annotated[int | None, Query(ge=0)] = None) -> Response:
    """The latest deeds, of all or of the workspaces that somebody looks after."""
    workspaces = None if visit.person.whole else visit.person.arrival.governed
    found = await saseo(request).audit.page(workspaces=workspaces, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    return page(
        request,
        "audit.html",
        here="audit",
        visit=visit,
        rows=[(noted, _what(noted, language(request)), await _title(request, noted)) for noted in shown],
        next=shown[-1].number if len(found) > PAGE else None,
    )


def _what(noted: Noted, locale: str) -> str:
    """What was done in words, or its name where it has none."""
    name = noted.deed.what.replace(".", "_")
    return catalogue(locale).get(f"audit_what.{name}", noted.deed.what)


async def _title(request: Request, noted: Noted) -> Document | None:
    """The document, as long as it is there: what was forgotten leaves no title behind."""
    about = noted.deed.thing if noted.deed.what.startswith("document.") else ""
    return await saseo(request).catalogue.find(about) if about else None
