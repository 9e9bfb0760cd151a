"""Routes about the bot itself: root, health, statistics, metrics."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST

from adapters.http import inbound
from adapters.http.insight import WHOEVER_HAS_THE_TOKEN, insight
from adapters.http.schemas import Gap, Health, Root
from adapters.http.state import saseo
from adapters.http.stats import Traffic
from adapters.http.stats_schemas import Stats
from core.errors import SaseoError
from core.health import condition
from core.saseo import Check, Saseo

CHECK_SECONDS = 3.0
MOST_GAPS = 1000

router = APIRouter(tags=["system"])
watched = APIRouter(tags=["system"])
"""What may stand on a port of its own as well."""


@router.get("/", response_model=Root)
async def root(request: Request) -> Root | Response:
    """That somebody is at home; a browser is shown the console."""
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(request.url_for("console"), status_code=303)
    return Root(message="Saseo answers questions from your documents. See /docs.", status="running")


@watched.get("/health", responses={503: {"model": Health}})
async def health(request: Request, response: Response) -> Health:
    """Asks every service; 503 when no question can be answered with those that work."""
    said = await services(saseo(request))
    status = condition({name: state == "healthy" for name, state in said.items()})
    response.status_code = 503 if status == "unhealthy" else 200
    return Health(status=status, services=said)


async def services(core: Saseo) -> dict[str, str]:
    """What every service says of itself: `healthy`, or what is wrong."""
    said = await asyncio.gather(*map(_asked, core.checks.values()))
    return dict(zip(core.checks, said, strict=True))


async def _asked(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except SaseoError as error:
        return error.text()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:.0f} seconds"
    return "healthy"


@router.get("/api/v1/stats")
async def stats(request: Request) -> Stats:
    """Requests, success rate, times in seconds, machine, model, index and outcome counts."""
    core = saseo(request)
    traffic: Traffic = request.app.state.traffic
    return Stats.model_validate(
        {**traffic.summary(), "questions": dict(await core.answers.counts()), **await core.figures()}
    )


@router.get("/api/v1/gaps")
async def gaps(
    request: Request,
    session: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_GAPS)] = 50,
) -> list[Gap]:
    """The latest questions that the documents could not answer, newest first, of all channels or of one."""
    where = None if session is None else inbound.place(session)
    rows = await saseo(request).answers.unanswered(session=where, limit=limit)
    shown = insight(request).open_to(WHOEVER_HAS_THE_TOKEN)
    return [
        Gap(id=row.id, question=row.text if shown else None, session=str(row.session), asked_at=row.at) for row in rows
    ]


@watched.get("/metrics")
async def metrics(request: Request) -> Response:
    """Every figure for Prometheus."""
    return Response(await saseo(request).exposition(), media_type=CONTENT_TYPE_LATEST)
