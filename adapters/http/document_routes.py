"""Routes of the library: hand in documents, list, read, forget, search and ask them."""

import asyncio
import time
from collections.abc import Awaitable, Iterable
from contextlib import aclosing
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, UploadFile

from adapters.http import inbound, outbound
from adapters.http.deeds import deed
from adapters.http.schemas import (
    DocumentDetail,
    DocumentInput,
    DocumentList,
    DocumentsRequest,
    DocumentsResponse,
    Follow,
    LinkRequest,
    Problem,
    QueryRequest,
    QueryResponse,
    Said,
    SearchRequest,
    SearchResponse,
    Taken,
)
from adapters.http.state import locale, max_file_bytes, saseo
from core.audit import DOCUMENT_ADDED
from core.chat import cleaned
from core.errors import Refused, SaseoError
from core.library import Added
from core.ports import DocumentFilter
from core.sources import as_source
from core.types import Document, Scope, State

MOST_FILES = 50

router = APIRouter(prefix="/api/v1/documents", tags=["documents"])
DocumentId = Annotated[str, Path(max_length=100)]


@router.post("/")
async def add(body: DocumentsRequest, request: Request) -> DocumentsResponse:
    """Takes texts in. One that is refused does not keep the others out."""
    scopes = [inbound.scope(document.scope) for document in body.documents]
    pieces = zip(body.documents, scopes, strict=True)
    return await _all(request, ((_name(document), _text(request, document, scope)) for document, scope in pieces))


def _name(document: DocumentInput) -> str:
    return str(document.id or document.metadata.get("source") or document.metadata.get("title") or "")


async def _text(request: Request, document: DocumentInput, scope: Scope) -> Added:
    title, url = document.metadata.get("title"), document.metadata.get("url")
    return await saseo(request).library.add_text(
        document.content,
        origin=f"api:{document.id}" if document.id else None,
        scope=scope,
        title=str(title) if title else None,
        url=str(url) if url else None,
        metadata=document.metadata,
    )


@router.post("/upload")
async def upload(
    request: Request, files: list[UploadFile], scope: Annotated[str, Form(max_length=300)] = "public"
) -> DocumentsResponse:
    """Takes files in, with a result or a reason for each. A file of the same name replaces the one before."""
    if len(files) > MOST_FILES:
        raise Refused("http.too_many_files", limit=MOST_FILES)
    limit = max_file_bytes(request)
    if all((file.size or 0) > limit for file in files):
        raise Refused("http.too_large")
    where = inbound.scope(scope)
    return await _all(request, ((file.filename or "", take_file(request, file, where)) for file in files))


def file_name(file: UploadFile) -> str:
    """The name of a file without the folders that some browsers send along."""
    return PurePosixPath((file.filename or "").replace("\\", "/")).name or "file"


async def take_file(request: Request, file: UploadFile, scope: Scope) -> Added:
    """Reads a file; one of the same name in the same scope is replaced. Raises Refused and Unavailable."""
    name = file_name(file)
    data = await file.read()
    return await saseo(request).library.add(
        data, name=name, origin=f"upload:{name}", scope=scope, media_type=file.content_type, metadata={"source": name}
    )


@router.post("/links")
async def link(body: LinkRequest, request: Request) -> DocumentsResponse:
    """Reads a link now and checks it again every `refresh_seconds`; with `follow` also what it leads to."""
    where = inbound.scope(body.scope)
    if body.follow is not None:
        return await _follow(body, body.follow, where, request)
    added = await saseo(request).library.add_link(body.url, scope=where, refresh_seconds=body.refresh_seconds)
    await _noted(request, added)
    return _response([outbound.taken(body.url, added)])


async def _follow(body: LinkRequest, wish: Follow, scope: Scope, request: Request) -> DocumentsResponse:
    visits = saseo(request).roots.follow(
        body.url, depth=wish.depth, most=wish.most, scope=scope, refresh_seconds=body.refresh_seconds
    )
    async with aclosing(visits):
        taken = [outbound.visited(visit, locale=locale(request)) async for visit in visits]
    await deed(request, "site.followed", thing=body.url, scope=scope)
    return _response(taken)


async def _all(request: Request, pieces: Iterable[tuple[str, Awaitable[Added]]]) -> DocumentsResponse:
    return _response(await asyncio.gather(*(_one(request, name, adding=adding) for name, adding in pieces)))


async def _one(request: Request, name: str, *, adding: Awaitable[Added]) -> Taken:
    try:
        added = await adding
        await _noted(request, added)
        return outbound.taken(name, added)
    except SaseoError as error:
        return outbound.not_taken(name, error, locale=locale(request))


async def _noted(request: Request, added: Added) -> None:
    found = added.document
    await deed(request, DOCUMENT_ADDED, thing=found.id, scope=found.scope, detail=str(found.scope))


def _response(results: list[Taken]) -> DocumentsResponse:
    ids = [result.document_id for result in results if result.document_id is not None]
    status = "success" if len(ids) == len(results) else "partial" if ids else "failed"
    return DocumentsResponse.model_validate(
        {"status": status, "added_documents": len(ids), "document_ids": ids, "results": results}
    )


@router.get("")
async def listing(
    request: Request,
    after: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    state: State | None = None,
    scope: Annotated[str | None, Query(max_length=300)] = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of a title")] = None,
) -> DocumentList:
    """Documents, newest first, a page at a time."""
    where = DocumentFilter(audience=inbound.audience([scope]) if scope else None, state=state, words=q)
    page = await saseo(request).catalogue.page(where, after=after, limit=limit)
    return DocumentList(documents=[outbound.row(item) for item in page.documents], total=page.total, next=page.next)


@router.get("/{document_id}", responses={404: {"model": Problem}})
async def detail(
    document_id: DocumentId,
    request: Request,
    first: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0,
    count: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> DocumentDetail:
    """A document with `count` of its passages from the passage number `first` on."""
    document = await _found(request, document_id)
    passages = await saseo(request).shelves.passages(document.id, first=first, count=count)
    return DocumentDetail.model_validate(
        {**outbound.fields(document), "passages": [outbound.passage(item) for item in passages]}
    )


async def _found(request: Request, document_id: str) -> Document:
    document = await saseo(request).catalogue.find(document_id)
    if document is None:
        raise Refused("library.unknown", document_id=document_id)
    return document


@router.delete("/{document_id}", responses={404: {"model": Problem}})
async def forget(document_id: DocumentId, request: Request) -> Said:
    """Forgets a document: from now on no answer rests on it."""
    gone = await saseo(request).library.forget([document_id])
    if not gone:
        raise Refused("library.unknown", document_id=document_id)
    await deed(request, "document.forgotten", thing=document_id, scope=gone[0].scope)
    return Said(message="Document deleted successfully")


@router.post("/{document_id}/refresh", responses={404: {"model": Problem}})
async def refresh(document_id: DocumentId, request: Request) -> DocumentsResponse:
    """Checks a link now."""
    added = await saseo(request).roots.refresh(await _found(request, document_id))
    await deed(request, "document.checked", thing=document_id, scope=added.document.scope)
    result = outbound.taken(added.document.title, added)
    return _response([result.model_copy(update={"detail": added.document.error})])


@router.post("/query")
async def query(body: QueryRequest, request: Request) -> QueryResponse:
    """Answers a question without a conversation, with everything that was found."""
    return outbound.query(await saseo(request).chat.ask(inbound.question(body, locale=locale(request))))


@router.post("/search")
async def search(body: SearchRequest, request: Request) -> SearchResponse:
    """Ranked sources alone; no model is asked."""
    started = time.monotonic()
    found = await saseo(request).retrieval.search(
        cleaned(body.question),
        audience=inbound.audience(body.audience),
        limit=body.k,
        filters=body.filters or None,
    )
    shapes = outbound.sources(as_source(number, item) for number, item in enumerate(found, start=1))
    return SearchResponse(sources=shapes, execution_time=round(time.monotonic() - started, 4))
