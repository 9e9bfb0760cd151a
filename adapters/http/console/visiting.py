"""Finds out who asks for a page, before anything of the request is read."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from fastapi import Request

from adapters.http.console.house import doorkeeper, house
from adapters.http.console.rights import NotSignedIn
from adapters.http.console.visits import COOKIE, GRACE, Doorkeeper, Visit
from adapters.http.state import saseo
from core.people import Arrival, Person


async def visitor(request: Request) -> Visit:
    """Who visits. Raises NotSignedIn, and Unavailable."""
    keeper, moment = doorkeeper(request), datetime.now(UTC)
    # The key may have to be read from the disk.
    visit = await asyncio.to_thread(keeper.read, request.cookies.get(COOKIE, ""), moment)
    if not keeper.guarded:
        return await _anybody(request, visit, keeper=keeper, moment=moment)
    if visit is None:
        raise NotSignedIn
    return await _known(request, visit, keeper=keeper, moment=moment)


async def begin(request: Request, person: Person) -> Visit:
    """Somebody has signed in: under a new name, whoever was here before in the same browser."""
    keeper, moment = doorkeeper(request), datetime.now(UTC)
    before = await asyncio.to_thread(keeper.read, request.cookies.get(COOKIE, ""), moment)
    if before is not None:
        await saseo(request).visits.end(before.family)
    visit = Visit.begin(moment, person=person)
    kept = person.arrival.dump()
    await saseo(request).visits.begin(visit.key, kept, family=visit.family, seconds=visit.left(moment))
    request.state.visit = visit
    request.state.cookie = await asyncio.to_thread(keeper.write, visit, moment)
    return visit


async def _anybody(request: Request, visit: Visit | None, *, keeper: Doorkeeper, moment: datetime) -> Visit:
    if visit is None or visit.stale(moment):
        visit = keeper.renewed(visit or Visit.begin(moment), moment)
        request.state.cookie = await asyncio.to_thread(keeper.write, visit, moment)
    return visit


async def _known(request: Request, visit: Visit, *, keeper: Doorkeeper, moment: datetime) -> Visit:
    kept = await saseo(request).visits.find(visit.key)
    arrival = None if kept is None else Arrival.load(kept)
    if arrival is None or not keeper.knows(arrival):
        raise NotSignedIn
    visit = replace(visit, person=house(request).roster.person(arrival))
    if visit.over(moment):
        raise NotSignedIn
    if not visit.stale(moment):
        return visit
    fresh = keeper.renewed(visit, moment)
    lives = {"seconds": fresh.left(moment), "grace": GRACE.total_seconds()}
    if await saseo(request).visits.rename(visit.key, fresh.key, **lives):
        request.state.cookie = await asyncio.to_thread(keeper.write, fresh, moment)
        return fresh
    return visit
