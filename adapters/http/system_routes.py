"""Routes about the bot itself: root, health, statistics, metrics."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from adapters.http.schemas import Health, Root
from adapters.http.state import saseo
from adapters.http.stats import Traffic, machine
from core.errors import SaseoError
from core.saseo import Check

CHECK_SECONDS = 3.0

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


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The same for Prometheus."""
    traffic: Traffic = request.app.state.traffic
    return Response(generate_latest(traffic.registry), media_type=CONTENT_TYPE_LATEST)
