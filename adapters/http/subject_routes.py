"""The routes that hand over and erase what is kept of a person or a channel."""

import asyncio
import tempfile
from pathlib import Path
from typing import IO, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from adapters.http.archives import blocks
from adapters.http.schemas import Problem
from adapters.http.state import locale, saseo
from adapters.subjects import subject_of
from core.people import TOKEN
from core.subjects import Subject

LONGEST = 500
ARCHIVE = "application/zip"

router = APIRouter(prefix="/api/v1/subjects", tags=["system"])
Who = Annotated[str, Query(min_length=1, max_length=LONGEST, examples=["slack:T024BE91L:U024BE7LH"])]
WithDocuments = Annotated[bool, Query(description="Also the documents that a person has added in the console")]


class Counts(BaseModel):
    """How much of each kind there is."""

    subject: str
    counts: dict[str, int] = Field(examples=[{"questions": 12, "feedback": 1}])


@router.get("", summary="What would be erased")
async def count(request: Request, who: Who, *, documents: WithDocuments = False) -> Counts:
    """How much of each kind is kept of a person or a channel."""
    whose = subject_of(who)
    counts = await saseo(request).erasing.count(whose, documents=documents)
    return Counts(subject=str(whose), counts=dict(counts))


@router.delete("", summary="Erase it")
async def erase(request: Request, who: Who, *, documents: WithDocuments = False) -> Counts:
    """Erases what is kept of a person or a channel. It cannot be undone."""
    whose = subject_of(who)
    counts = await saseo(request).erasing.erase(whose, by=TOKEN, documents=documents)
    return Counts(subject=str(whose), counts=dict(counts))


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {ARCHIVE: {}}}, 503: {"model": Problem}},
    summary="Hand it over",
)
async def export(request: Request, who: Who) -> StreamingResponse:
    """What is kept of a person or a channel, as an archive. Whoever has it can read everything in it."""
    file = await _exported(request, subject_of(who))
    headers = {"Content-Disposition": 'attachment; filename="saseo-export.zip"'}
    return StreamingResponse(blocks(file), headers=headers, media_type=ARCHIVE)


async def _exported(request: Request, whose: Subject) -> IO[bytes]:
    """The archive, in a file without a name: it lives as long as it is read, whoever breaks off."""
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory)
    try:
        target = Path(folder.name) / "export.zip"
        await saseo(request).exporting.export(whose, target, by=TOKEN, locale=locale(request))
        return await asyncio.to_thread(target.open, "rb")
    finally:
        await asyncio.shield(asyncio.to_thread(folder.cleanup))
