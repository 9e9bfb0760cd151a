"""The route that gives a whole library as one file."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from adapters.http.archives import blocks
from adapters.http.schemas import Problem
from adapters.http.state import saseo

router = APIRouter(prefix="/api/v1", tags=["system"])


@router.get(
    "/backup",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-tar": {}}}, 503: {"model": Problem}},
    summary="Everything, as one file",
)
async def backup(request: Request) -> StreamingResponse:
    """A backup, to be brought back with `saseo restore`. Whoever has it can read everything in it."""
    made = (await saseo(request).backup(None)).path
    file = await asyncio.to_thread(made.open, "rb")
    # It lives as long as it is read, whoever breaks off.
    await asyncio.to_thread(made.unlink)
    size = await asyncio.to_thread(file.seek, 0, 2)
    await asyncio.to_thread(file.seek, 0)
    name = f"saseo-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(blocks(file), headers=headers, media_type="application/x-tar")
