"""Routes about the bot itself: root, health, statistics, metrics."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from adapters.http import inbound
from adapters.http.schemas import Gap, Health, Root
from adapters.http.state import saseo
from adapters.http.stats import Traffic, machine
from core.errors import SaseoError
from core.saseo import Check

CHECK_SECONDS = 3.0
MOST_GAPS = 1000

router = APIRouter(tags=["system"])


@router.get("/")
async def root() -> Root:
    """That somebody is at home."""
    return Root(message="Saseo answers questions from your documents. See /docs.", status="running")


@router.get("/health", responses={503: {"model": Health}})
async def health(request: Request, response: Response) -> Health:
    """Asks every service; 503 when one does not work."""
    checks = saseo(request).checks
    said = await asyncio.gather(*map(_asked, checks.values()))
    services = dict(zip(checks, said, strict=True))
    well = all(state == "healthy" for state in services.values())
    response.status_code = 200 if well else 503
    return Health(status="healthy" if well else "unhealthy", services=services)


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
async def stats(request: Request) -> dict[str, Any]:
    """Requests, success rate, response times in seconds, machine, model, index and outcome counts."""
    core = saseo(request)
    traffic: Traffic = request.app.state.traffic
    return {
        **traffic.summary(),
        "system": await asyncio.to_thread(machine),
        "questions": dict(await core.answers.counts()),
        **await core.figures(),
    }


@router.get("/api/v1/gaps")
async def gaps(
    request: Request,
    session: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_GAPS)] = 50,
) -> list[Gap]:
    """The latest questions that the documents could not answer, newest first, of all channels or of one."""
    where = None if session is None else inbound.place(session)
    rows = await saseo(request).answers.unanswered(session=where, limit=limit)
    return [Gap(id=row.id, question=row.text, session=str(row.session), asked_at=row.at) for row in rows]


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The same for Prometheus."""
    traffic: Traffic = request.app.state.traffic
    return Response(generate_latest(traffic.registry), media_type=CONTENT_TYPE_LATEST)
