"""The pages of the channels: which are known, and what is decided for each."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from adapters.choosing import CHOICES, SWITCHES, TEXTS, chosen, decided, unusual
from adapters.http import inbound
from adapters.http.console.entering import Changing, Visiting
from adapters.http.console.pages import language, page
from adapters.http.console.rights import NotAllowed, needs
from adapters.http.console.route import ConsoleRoute
from adapters.http.console.visits import Visit
from adapters.http.deeds import deed, no_deed
from adapters.http.state import saseo
from core.audit import CHANNEL_CHANGED
from core.channels import ChannelPage, KnownChannel, changed, channel_of, differing
from core.errors import Refused
from core.people import Person, Right
from core.types import Scope, Session

PAGE = 50
FORUMS = ("discord",)
"""Platforms that have forums."""

router = APIRouter(prefix="/channels", route_class=ConsoleRoute)


@router.get("", name="channels")
@needs(Right.ADMINISTER)
async def listing(
    request: Request,
    visit: Visiting,
    session: Annotated[str, Query(max_length=500)] = "",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The channels that are known; one that is not can be named."""
    if session.strip():
        place = channel_of(inbound.place(session.strip()))
        return RedirectResponse(request.url_for("channel", session=str(place)), status_code=303)
    shown = await _known(request, visit.person, after=after)
    rows = [(one.session, one.settings.enabled, unusual(one.settings, language(request))) for one in shown.channels]
    return page(request, "channels.html", here="channels", visit=visit, rows=rows, next=shown.next)


@router.get("/{session:path}", name="channel")
@needs(Right.ADMINISTER)
async def channel(request: Request, visit: Visiting, session: str, saved: str = "") -> Response:
    """What is decided for a channel, as a form."""
    place = _own(session, visit.person)
    settings = await saseo(request).channels.get(place)
    return _form(request, visit, place, chosen(settings), saved=bool(saved))


@router.post("/{session:path}")
@needs(Right.ADMINISTER)
async def decide(request: Request, visit: Changing, session: str) -> Response:
    """Decides for a channel. What makes no sense is said on the form, which stays as it was filled in."""
    place = _own(session, visit.person)
    sent = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    form = {name: sent[name] for name in (*CHOICES, *TEXTS) if name in sent}
    try:
        before, after = await saseo(request).channels.change(place, lambda known: changed(known, decided(form)))
    except Refused as error:
        no_deed(request)
        told = error.text(language(request))
        present = chosen(await saseo(request).channels.get(place))
        return _form(request, visit, place, {**present, **form}, told=told, field=str(error.details["field"]))
    await deed(request, CHANNEL_CHANGED, thing=str(place), scope=Scope.channel(place), detail=differing(before, after))
    return RedirectResponse(f"{request.url_for('channel', session=str(place))}?saved=1", status_code=303)


def _form(
    request: Request,
    visit: Visit,
    place: Session,
    shown: dict[str, str],
    *,
    saved: bool = False,
    told: str = "",
    field: str = "",
) -> Response:
    choices = {name: [one for one in known if one != "posts" or _has_forums(place)] for name, known in CHOICES.items()}
    return page(
        request,
        "channel.html",
        status=422 if told else 200,
        here="channels",
        visit=visit,
        session=place,
        shown=shown,
        choices=choices,
        switches=SWITCHES,
        texts=TEXTS,
        forums=_has_forums(place),
        saved=saved,
        told=told,
        field=field,
    )


def _has_forums(place: Session) -> bool:
    return place.platform in FORUMS


def _own(session: str, person: Person) -> Session:
    """A channel that somebody looks after. Raises NotAllowed for any other."""
    place = channel_of(inbound.place(session))
    if not person.governs(place.home):
        raise NotAllowed
    return place


async def _known(request: Request, person: Person, *, after: str | None) -> ChannelPage:
    """Those that somebody looks after, by name."""
    channels = saseo(request).channels
    if person.whole:
        return await channels.page(after=after, limit=PAGE)
    found: list[KnownChannel] = []
    for workspace in person.arrival.governed:
        found += (await channels.page(within=f"{workspace}:", after=after, limit=PAGE + 1)).channels
    found.sort(key=lambda known: str(known.session))
    return ChannelPage(tuple(found[:PAGE]), str(found[PAGE - 1].session) if len(found) > PAGE else None)
