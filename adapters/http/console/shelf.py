"""The pages of the documents: what is known to whom, how fresh it is, and what went wrong with it."""

from collections.abc import Awaitable, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field

from adapters.http.console.entering import Changing, Visiting
from adapters.http.console.marking import web
from adapters.http.console.pages import language, page
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.viewpoints import scope_of
from adapters.http.document_routes import file_name, take_file
from adapters.http.schemas import Shape
from adapters.http.state import max_file_bytes, saseo
from core.errors import Refused, SaseoError
from core.library import Added
from core.origins import is_link
from core.ports import DocumentFilter
from core.types import Audience, Document, Scope, State

MEGABYTE = 1024 * 1024
PAGE = 50
PASSAGES = 20
TROUBLED = 20
"""Documents with trouble that are shown before all others."""

router = APIRouter(prefix="/documents", route_class=ConsoleRoute)


class Link(Shape):
    """A link to read and to keep fresh."""

    url: Annotated[str, Field(max_length=2000)]
    scope: Annotated[str, Field(max_length=300)] = "public"


@router.get("", name="documents")
async def listing(
    request: Request,
    visit: Visiting,
    q: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(pattern="^(|ready|refused|dead)$")] = "",
    scope: Annotated[str, Query(max_length=300)] = "",
    origin: Annotated[str, Query(pattern="^(|link|upload|api|slack|discord)$")] = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """All documents, those with trouble first."""
    where = DocumentFilter(
        audience=Audience.of(scope_of(scope)) if scope else None,
        state=_state(state),
        words=q.strip() or None,
        origin_prefix=f"{origin}:" if origin else None,
    )
    shown = await saseo(request).catalogue.page(where, after=after, limit=PAGE)
    plain = not (q.strip() or state or scope or origin or after)
    return page(
        request,
        "documents.html",
        here="documents",
        visit=visit,
        documents=shown.documents,
        total=shown.total,
        next=shown.next,
        troubled=await _troubled(request) if plain else (),
        chosen={"q": q, "state": state, "scope": scope, "origin": origin},
    )


@router.post("/upload")
async def upload(
    request: Request, visit: Changing, file: UploadFile, scope: Annotated[str, Form(max_length=300)] = "public"
) -> Response:
    """Takes a file in."""
    del visit
    return await _told(request, _uploaded(request, file, scope=scope_of(scope)))


async def _uploaded(request: Request, file: UploadFile, *, scope: Scope) -> Added:
    size, limit = file.size or 0, max_file_bytes(request)
    if size > limit:
        raise Refused("read.too_large", name=file_name(file), size=size // MEGABYTE, limit=limit // MEGABYTE)
    return await take_file(request, file, scope)


@router.post("/links")
async def link(body: Link, request: Request, visit: Changing) -> Response:
    """Reads a link, and keeps it fresh from now on."""
    del visit
    return await _told(request, saseo(request).library.add_link(body.url, scope=scope_of(body.scope)))


@router.get("/{document_id}", name="document")
async def document(
    document_id: str, request: Request, visit: Visiting, first: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0
) -> Response:
    """One document with its passages."""
    found = await _found(request, document_id)
    passages = await saseo(request).shelves.passages(found.id, first=first, count=PASSAGES + 1)
    return page(
        request,
        "document.html",
        here="documents",
        visit=visit,
        document=found,
        url=web(found.url),
        link=is_link(found),
        passages=passages[:PASSAGES],
        first=first,
        more=first + PASSAGES if len(passages) > PASSAGES else None,
        shares=await saseo(request).knowledge.places(found.origin),
    )


@router.post("/{document_id}/refresh")
async def refresh(document_id: str, request: Request, visit: Changing) -> Response:
    """Looks at a link now."""
    del visit
    await saseo(request).roots.refresh(await _found(request, document_id))
    return RedirectResponse(request.url_for("document", document_id=document_id), status_code=303)


@router.get("/{document_id}/readers")
async def preview(document_id: str, request: Request, visit: Visiting, scope: str = "") -> Response:
    """Who would gain and lose sight of a document."""
    found, wanted = await _found(request, document_id), scope_of(scope)
    return page(
        request, "readers.html", here="documents", visit=visit, document=found, present=found.scope, wanted=wanted
    )


@router.post("/{document_id}/readers")
async def move(
    document_id: str, request: Request, visit: Changing, scope: Annotated[str, Form(max_length=300)]
) -> Response:
    """Gives a document to other readers."""
    del visit
    moved = await saseo(request).library.move(document_id, scope_of(scope))
    if moved is None:
        raise Refused("library.unknown", document_id=document_id)
    return RedirectResponse(request.url_for("document", document_id=moved.id), status_code=303)


@router.get("/{document_id}/forget")
async def doubt(document_id: str, request: Request, visit: Visiting) -> Response:
    """Asks whether it is really to be forgotten."""
    found = await _found(request, document_id)
    return page(request, "forget.html", here="documents", visit=visit, document=found)


@router.post("/{document_id}/forget")
async def forget(document_id: str, request: Request, visit: Changing) -> Response:
    """Forgets a document: from now on no answer rests on it."""
    del visit
    if not await saseo(request).library.forget([document_id]):
        raise Refused("library.unknown", document_id=document_id)
    return RedirectResponse(request.url_for("documents"), status_code=303)


async def _troubled(request: Request) -> Sequence[Document]:
    """What could not be read and what is gone; the catalogue has them apart."""
    found: list[Document] = []
    for state in ("refused", "dead"):
        found += (await saseo(request).catalogue.page(DocumentFilter(state=state), limit=TROUBLED)).documents
    return found[:TROUBLED]


async def _found(request: Request, document_id: str) -> Document:
    found = await saseo(request).catalogue.find(document_id)
    if found is None:
        raise Refused("library.unknown", document_id=document_id)
    return found


def _state(name: str) -> State | None:
    return name if name in ("ready", "refused", "dead") else None  # type: ignore[return-value]


async def _told(request: Request, adding: Awaitable[Added]) -> Response:
    """What became of something that was handed in. That it was refused is an answer as well."""
    try:
        added = await adding
    except SaseoError as error:
        return JSONResponse({"refused": error.text(language(request))})
    found = added.document
    return JSONResponse(
        {"id": found.id, "title": found.title, "passages": found.passage_count, "changed": added.changed}
    )
