"""The route of the audit log, for programs that collect such things."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request

from adapters.http.schemas import Shape
from adapters.http.state import saseo

MOST = 1000

router = APIRouter(tags=["system"])


class DeedShape(Shape):
    """Something that was changed; `number` rises with every one."""

    number: int
    at: datetime
    who: str
    what: str
    thing: str
    workspace: str
    detail: str


class DeedList(Shape):
    """Deeds, the latest first; `next` is the number to ask for those `before`, or null."""

    deeds: list[DeedShape]
    next: int | None


@router.get("/api/v1/audit")
async def audit(
    request: Request,
    before: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> DeedList:
    """Who changed what, and when; newest first."""
    found = await saseo(request).audit.page(before=before, limit=limit)
    shapes = [
        DeedShape(
            number=noted.number,
            at=noted.at,
            who=noted.deed.who,
            what=noted.deed.what,
            thing=noted.deed.thing,
            workspace=noted.deed.workspace,
            detail=noted.deed.detail,
        )
        for noted in found
    ]
    return DeedList(deeds=shapes, next=shapes[-1].number if len(shapes) == limit else None)
