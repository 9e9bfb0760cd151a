"""The pages of the documents: what is known to whom, how fresh it is, and what went wrong with it."""

from collections.abc import Awaitable, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import Field

from adapters.http.console.entering import Changing, Visiting
from adapters.http.console.marking import web
from adapters.http.console.pages import language, page
from adapters.http.console.rights import NotAllowed, needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.usage import usage_of
from adapters.http.console.viewpoints import offered, scope_of, seen
from adapters.http.deeds import deed, no_deed
from adapters.http.document_routes import file_name, take_file
from adapters.http.schemas import Shape
from adapters.http.state import max_file_bytes, saseo
from core.audit import DOCUMENT_ADDED
from core.errors import Refused, SaseoError
from core.library import Added
from core.origins import is_link
from core.people import Person, Right
from core.types import Document, Scope, State

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
@needs(Right.READ)
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
    where = seen(
        visit.person,
        scope=scope_of(scope) if scope else None,
        state=_state(state),
        words=q.strip() or None,
        origin=f"{origin}:" if origin else None,
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
        troubled=await _troubled(request, visit.person) if plain else (),
        chosen={"q": q, "state": state, "scope": scope, "origin": origin},
    )


@router.post("/upload")
@needs(Right.EDIT)
async def upload(
    request: Request, visit: Changing, file: UploadFile, scope: Annotated[str, Form(max_length=300)] = "public"
) -> Response:
    """Takes a file in."""
    where = _scope(visit.person, scope)
    return await _told(request, _uploaded(request, file, scope=where))


async def _uploaded(request: Request, file: UploadFile, *, scope: Scope) -> Added:
    size, limit = file.size or 0, max_file_bytes(request)
    if size > limit:
        raise Refused("read.too_large", name=file_name(file), size=size // MEGABYTE, limit=limit // MEGABYTE)
    return await take_file(request, file, scope)


@router.post("/links")
@needs(Right.EDIT)
async def link(body: Link, request: Request, visit: Changing) -> Response:
    """Reads a link, and keeps it fresh from now on."""
    where = _scope(visit.person, body.scope)
    return await _told(request, saseo(request).library.add_link(body.url, scope=where))


@router.get("/{document_id}", name="document")
@needs(Right.READ)
async def document(
    document_id: str, request: Request, visit: Visiting, first: Annotated[int, Query(ge=0, le=1_000_000_000)] = 0
) -> Response:
    """One document with its passages, the checks of it, and where it is used."""
    found = await _found(request, document_id, visit.person)
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
        changes=visit.person.changes(found.scope),
        looks=await saseo(request).looks.of(found.id),
        usage=await usage_of(saseo(request), found, visit.person),
        scopes=offered(visit.person, ()),
    )


@router.post("/{document_id}/refresh")
@needs(Right.EDIT)
async def refresh(document_id: str, request: Request, visit: Changing) -> Response:
    """Looks at a link now."""
    found = await _own(request, document_id, visit.person)
    await saseo(request).roots.refresh(found)
    await deed(request, "document.checked", thing=found.id, scope=found.scope)
    return RedirectResponse(request.url_for("document", document_id=document_id), status_code=303)


@router.get("/{document_id}/readers")
@needs(Right.EDIT)
async def preview(document_id: str, request: Request, visit: Visiting, scope: str = "") -> Response:
    """Who would gain and lose sight of a document."""
    found, wanted = await _own(request, document_id, visit.person), _scope(visit.person, scope)
    return page(
        request, "readers.html", here="documents", visit=visit, document=found, present=found.scope, wanted=wanted
    )


@router.post("/{document_id}/readers")
@needs(Right.EDIT)
async def move(
    document_id: str, request: Request, visit: Changing, scope: Annotated[str, Form(max_length=300)]
) -> Response:
    """Gives a document to other readers."""
    found, wanted = await _own(request, document_id, visit.person), _scope(visit.person, scope)
    moved = await saseo(request).library.move(found.id, wanted)
    if moved is None:
        raise Refused("library.unknown", document_id=document_id)
    await deed(request, "document.moved", thing=moved.id, scope=found.scope, detail=f"{found.scope} → {wanted}")
    return RedirectResponse(request.url_for("document", document_id=moved.id), status_code=303)


@router.get("/{document_id}/forget")
@needs(Right.EDIT)
async def doubt(document_id: str, request: Request, visit: Visiting) -> Response:
    """Asks whether it is really to be forgotten."""
    found = await _own(request, document_id, visit.person)
    return page(request, "forget.html", here="documents", visit=visit, document=found)


@router.post("/{document_id}/forget")
@needs(Right.EDIT)
async def forget(document_id: str, request: Request, visit: Changing) -> Response:
    """Forgets a document: from now on no answer rests on it."""
    found = await _own(request, document_id, visit.person)
    await saseo(request).library.forget([found.id])
    await deed(request, "document.forgotten", thing=found.id, scope=found.scope)
    return RedirectResponse(request.url_for("documents"), status_code=303)


async def _troubled(request: Request, person: Person) -> Sequence[Document]:
    """What could not be read and what is gone; the catalogue has them apart."""
    found: list[Document] = []
    states: tuple[State, ...] = ("refused", "dead")
    for state in states:
        found += (await saseo(request).catalogue.page(seen(person, state=state), limit=TROUBLED)).documents
    return found[:TROUBLED]


async def _found(request: Request, document_id: str, person: Person) -> Document:
    """A document that somebody may see. To all others it is as unknown as one that there is not."""
    found = await saseo(request).catalogue.find(document_id)
    if found is None or not person.reads(found.scope):
        raise Refused("library.unknown", document_id=document_id)
    return found


async def _own(request: Request, document_id: str, person: Person) -> Document:
    """A document that somebody may change. Raises NotAllowed."""
    found = await _found(request, document_id, person)
    if not person.changes(found.scope):
        raise NotAllowed
    return found


def _scope(person: Person, name: str) -> Scope:
    """The scope with this name, where somebody may put documents. Raises NotAllowed, and Refused for none."""
    scope = scope_of(name)
    if not person.changes(scope):
        raise NotAllowed
    return scope


def _state(name: str) -> State | None:
    return name if name in ("ready", "refused", "dead") else None  # type: ignore[return-value]


async def _told(request: Request, adding: Awaitable[Added]) -> Response:
    """What became of something that was handed in. That it was refused is an answer as well."""
    try:
        added = await adding
    except SaseoError as error:
        no_deed(request)
        return JSONResponse({"refused": error.text(language(request))})
    found = added.document
    await deed(request, DOCUMENT_ADDED, thing=found.id, scope=found.scope, detail=str(found.scope))
    return JSONResponse(
        {"id": found.id, "title": found.title, "passages": found.passage_count, "changed": added.changed}
    )
