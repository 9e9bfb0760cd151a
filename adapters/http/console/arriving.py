"""Signing in with Slack or Discord: people are sent there, and come back with a code that is theirs and good once."""

import asyncio
import json
import logging
import secrets
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from adapters.http.console.entering import entrance
from adapters.http.console.house import house, is_secure
from adapters.http.console.pages import HEADERS, language, page
from adapters.http.console.rights import needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.visiting import begin
from adapters.http.deeds import deed
from adapters.http.state import saseo
from adapters.signing_in import Errand, Way
from core.errors import Refused, SaseoError
from core.people import Arrival, Right
from core.types import digest

log = logging.getLogger(__name__)

COOKIE = "saseo_errand"
PATH = "/console/sign-in"
PURPOSE = "console sign-in"
LIFETIME = timedelta(minutes=10)
"""How long somebody may take to say who they are."""
LONGEST = 2000
"""Characters of a state or a code."""
AT_ONCE = 8

router = APIRouter(prefix="/sign-in", route_class=ConsoleRoute)


@router.get("/{way}", name="leave_for")
@needs(Right.ENTER)
async def send(request: Request, way: str) -> Response:
    """Sends somebody to their platform, and has their browser keep what only they can bring back."""
    chosen = _way(request, way)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    errand = Errand(state, nonce, verifier, _back(request, way))
    until = (datetime.now(UTC) + LIFETIME).timestamp()
    kept = json.dumps({"for": PURPOSE, "way": way, "until": until, **asdict(errand)})
    response = RedirectResponse(chosen.leads_to(errand), status_code=303, headers=HEADERS)
    response.set_cookie(
        COOKIE,
        await asyncio.to_thread(saseo(request).seal.close, kept),
        max_age=round(LIFETIME.total_seconds()),
        path=PATH,
        httponly=True,
        secure=is_secure(request),
        # The platform leads back here, and then it has to be sent along.
        samesite="lax",
    )
    return response


@router.get("/{way}/back", name="come_back")
@needs(Right.ENTER)
async def welcome(
    request: Request,
    way: str,
    code: Annotated[str, Query(max_length=LONGEST)] = "",
    state: Annotated[str, Query(max_length=LONGEST)] = "",
    error: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Response:
    """What a platform sends people back to when they have said who they are, or have not."""
    try:
        errand = await _errand(request, way, state)
        if error or not code:
            raise Refused("signing.denied")
        arrival = await _arrived(request, _way(request, way), errand=errand, code=code)
    except SaseoError as refused:
        log.info("not signed in with %s: %s", way, refused.code)
        status = 403 if isinstance(refused, Refused) else 503
        response = entrance(request, status=status, told=refused.text(language(request)))
    else:
        visit = await begin(request, house(request).roster.person(arrival))
        await deed(request, "visit.begun", scope=visit.person.home)
        # A page of ours leads on: the cookie of the visit is not sent where another site led to.
        response = page(request, "entered.html", visit=visit)
    response.delete_cookie(COOKIE, path=PATH)
    return response


async def _arrived(request: Request, way: Way, *, errand: Errand, code: str) -> Arrival:
    room: asyncio.Semaphore = request.app.state.arriving
    if room.locked():
        raise Refused("signing.busy")
    async with room:
        return await way.arrived(errand, code)


async def _errand(request: Request, way: str, state: str) -> Errand:
    """What this browser was sent for. Raises Refused unless it was sent from here, not long ago, and is back for the
    first time."""
    cookie = request.cookies.get(COOKIE, "")
    opened = await asyncio.to_thread(saseo(request).seal.open, cookie) if 0 < len(cookie) <= 2 * LONGEST else None
    kept = _kept(opened or "")
    if kept.pop("for", None) != PURPOSE or kept.pop("way") != way:
        raise Refused("signing.lost")
    if datetime.now(UTC).timestamp() > kept.pop("until"):
        raise Refused("signing.lost")
    errand = Errand(**kept)
    if not secrets.compare_digest(errand.state.encode(), state.encode()):
        raise Refused("signing.lost")
    if not await saseo(request).claims.claim(f"{PURPOSE}:{digest(state)}", seconds=LIFETIME.total_seconds()):
        raise Refused("signing.lost")
    return errand


def _kept(opened: str) -> dict[str, Any]:
    """What stands in an open cookie. The seal closes other things too."""
    try:
        kept = json.loads(opened)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _way(request: Request, name: str) -> Way:
    way = house(request).ways.get(name)
    if way is None:
        raise Refused("signing.no_way")
    return way


def _back(request: Request, way: str) -> str:
    """Where the platform sends people back to: the same address every time, since platforms know it beforehand."""
    url = house(request).url
    if url is None:
        return str(request.url_for("come_back", way=way))
    return f"{url.rstrip('/')}{request.app.url_path_for('come_back', way=way)}"
