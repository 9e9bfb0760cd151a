"""The page that says how the bot is: its services, its figures, and what it does right now."""

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from adapters.http.condition import Condition, Found, condition
from adapters.http.console.entering import Visiting
from adapters.http.console.pages import language, page
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.state import saseo
from adapters.http.system_routes import services
from core.messages import render
from core.people import Right

EXAMINED_SECONDS = 30.0

router = APIRouter(route_class=ConsoleRoute)


@router.get("/health", name="wellness")
@needs(Right.RUN)
async def wellness(request: Request, visit: Visiting, *, examined: bool = False) -> Response:
    """Asks every service, as `/health` does; `examined` looks at everything that the program needs as well."""
    core, how = saseo(request), condition(request)
    said, figures, counts, opinions, waiting, found = await asyncio.gather(
        services(core),
        core.figures(),
        core.answers.counts(),
        core.answers.opinions(),
        core.inbox.unfinished(),
        _examined(how, language(request)) if examined else _unasked(),
    )
    return page(
        request,
        "health.html",
        here="health",
        visit=visit,
        services=said,
        well=all(state == "healthy" for state in said.values()),
        index=figures.get("index", {}),
        model=figures.get("model"),
        outcomes={name: counts.get(name, 0) for name in ("answered", "quoted", "not_found", "failed")},
        opinions=opinions,
        roles=how.roles(),
        waiting=waiting,
        troubles=how.troubles(),
        examined=examined,
        found=found,
    )


async def _examined(how: Condition, locale: str) -> Sequence[Found]:
    try:
        async with asyncio.timeout(EXAMINED_SECONDS):
            return await how.examine(locale)
    except TimeoutError:
        return [Found("wrong", render("console.examined_too_long", locale))]


async def _unasked() -> Sequence[Found]:
    return ()
