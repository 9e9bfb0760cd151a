"""Signing in with the token, signing out, the language, and the proof that every change begins with."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from adapters.http.console.house import doorkeeper, house
from adapters.http.console.pages import LANGUAGE_COOKIE, page
from adapters.http.console.rights import NotOurPage, needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.visiting import begin
from adapters.http.console.visits import COOKIE, Visit
from adapters.http.deeds import deed
from adapters.http.state import saseo
from core.people import TOKEN, Arrival, Right

YEAR = 365 * 86_400
ATTEMPTS = 5
"""Wrong tokens that wait for their answer at once; further ones are not looked at."""
WAIT_SECONDS = 0.5
PROOF = "x-saseo-proof"

router = APIRouter(route_class=ConsoleRoute)


async def visiting(request: Request) -> Visit:
    """Who visits; the route has let them in."""
    visit: Visit = request.state.visit
    return visit


Visiting = Annotated[Visit, Depends(visiting)]


async def changing(request: Request, visit: Visiting) -> Visit:
    """Who asks for a change. Raises NotOurPage unless a page of ours has asked for it."""
    if not _same_origin(request):
        raise NotOurPage
    proof = request.headers.get(PROOF) or (await request.form()).get("proof", "")
    if not visit.proven(str(proof)):
        raise NotOurPage
    return visit


Changing = Annotated[Visit, Depends(changing)]


@router.get("/sign-in")
@needs(Right.ENTER)
async def door(request: Request) -> Response:
    """The ways in."""
    return entrance(request)


@router.post("/sign-in")
@needs(Right.ENTER)
async def enter(request: Request, token: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Lets in whoever has the token."""
    keeper = doorkeeper(request)
    waiting: asyncio.Semaphore = request.app.state.wrong_tokens
    if not _same_origin(request):
        raise NotOurPage
    if waiting.locked():
        return entrance(request, status=429, wrong="console.token_wrong")
    if keeper.guarded and not keeper.fits(token):
        # Whoever guesses, guesses slowly.
        async with waiting:
            await asyncio.sleep(WAIT_SECONDS)
        return entrance(request, status=401, wrong="console.token_wrong")
    if keeper.guarded:
        await begin(request, house(request).roster.person(Arrival(TOKEN)))
        await deed(request, "visit.begun")
    return RedirectResponse(request.url_for("console"), status_code=303)


@router.post("/sign-out")
@needs(Right.READ)
async def leave(request: Request, visit: Changing) -> Response:
    """Ends the visit, here and for whoever has its cookie."""
    await saseo(request).visits.end(visit.family)
    await deed(request, "visit.ended", scope=visit.person.home)
    response = RedirectResponse(request.url_for("door"), status_code=303)
    response.delete_cookie(COOKIE, path="/console")
    request.state.cookie = None
    return response


@router.post("/language")
@needs(Right.READ)
async def speak(request: Request, visit: Changing, language: Annotated[str, Form(pattern="^(ko|en)$")]) -> Response:
    """Remembers the language that somebody chose."""
    del visit
    response = RedirectResponse(request.url_for("console"), status_code=303)
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, path="/console", samesite="lax", httponly=True)
    return response


def entrance(request: Request, *, status: int = 200, wrong: str = "", told: str = "") -> Response:
    """The page with the ways in. `wrong` is the code of what was wrong with the token, `told` what a way in says."""
    known = house(request)
    ways, has_token = list(known.ways), known.token is not None
    return page(request, "sign-in.html", status=status, wrong=wrong, told=told, ways=ways, has_token=has_token)


def _same_origin(request: Request) -> bool:
    """Browsers say where a change comes from; what says nothing is no browser, and has no cookie of a victim."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    own = origin is None or origin.partition("://")[2] == request.headers.get("host", "")
    return own and site in ("same-origin", "none")
