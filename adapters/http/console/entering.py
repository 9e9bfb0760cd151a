"""Signing in and out, the language, and the check that every page begins with."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from adapters.http.console.pages import LANGUAGE_COOKIE, page
from adapters.http.console.route import ConsoleRoute, NotOurPage, NotSignedIn
from adapters.http.console.visits import COOKIE, Doorkeeper, Visit
from adapters.http.state import saseo

YEAR = 365 * 86_400
ATTEMPTS = 5
"""Wrong tokens that wait for their answer at once; further ones are not looked at."""
WAIT_SECONDS = 0.5
PROOF = "x-saseo-proof"

router = APIRouter(route_class=ConsoleRoute)


def doorkeeper(request: Request) -> Doorkeeper:
    """Whoever lets people in here."""
    return Doorkeeper(saseo(request).seal, token=request.app.state.token)


async def visiting(request: Request) -> Visit:
    """Who visits. Raises NotSignedIn."""
    keeper, moment = doorkeeper(request), datetime.now(UTC)
    # The key may have to be read from the disk.
    visit = await asyncio.to_thread(keeper.read, request.cookies.get(COOKIE, ""), moment)
    if visit is None and keeper.guarded:
        raise NotSignedIn
    if visit is None or visit.stale(moment):
        visit = keeper.renewed(visit or Visit.begin(moment), moment)
        request.state.cookie = await asyncio.to_thread(keeper.write, visit, moment)
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
async def door(request: Request) -> Response:
    """The form for the token."""
    return page(request, "sign-in.html", wrong=False)


@router.post("/sign-in")
async def enter(request: Request, token: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Lets in whoever has the token."""
    keeper = doorkeeper(request)
    waiting: asyncio.Semaphore = request.app.state.wrong_tokens
    if not _same_origin(request):
        raise NotOurPage
    if waiting.locked():
        return page(request, "sign-in.html", status=429, wrong=True)
    if keeper.guarded and not keeper.fits(token):
        # Whoever guesses, guesses slowly.
        async with waiting:
            await asyncio.sleep(WAIT_SECONDS)
        return page(request, "sign-in.html", status=401, wrong=True)
    moment = datetime.now(UTC)
    request.state.cookie = await asyncio.to_thread(keeper.write, Visit.begin(moment), moment)
    return RedirectResponse(request.url_for("console"), status_code=303)


@router.post("/sign-out")
async def leave(request: Request, visit: Changing) -> Response:
    """Ends the visit."""
    del visit
    response = RedirectResponse(request.url_for("door"), status_code=303)
    response.delete_cookie(COOKIE, path="/console")
    request.state.cookie = None
    return response


@router.post("/language")
async def speak(request: Request, visit: Changing, language: Annotated[str, Form(pattern="^(ko|en)$")]) -> Response:
    """Remembers the language that somebody chose."""
    del visit
    response = RedirectResponse(request.url_for("console"), status_code=303)
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR, path="/console", samesite="lax", httponly=True)
    return response


def _same_origin(request: Request) -> bool:
    """Browsers say where a change comes from; what says nothing is no browser, and has no cookie of a victim."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    own = origin is None or origin.partition("://")[2] == request.headers.get("host", "")
    return own and site in ("same-origin", "none")
