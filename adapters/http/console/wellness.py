"""The page that says how the bot is: its services, its figures, and what it does right now."""

import asyncio

from fastapi import APIRouter, Request, Response

from adapters.http.console.entering import Visiting
from adapters.http.console.pages import page
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.state import saseo
from adapters.http.system_routes import services
from core.people import Right

router = APIRouter(route_class=ConsoleRoute)


@router.get("/health", name="wellness")
@needs(Right.RUN)
async def wellness(request: Request, visit: Visiting) -> Response:
    """Asks every service, as `/health` does."""
    core = saseo(request)
    said, figures, counts, opinions = await asyncio.gather(
        services(core), core.figures(), core.answers.counts(), core.answers.opinions()
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
    )
