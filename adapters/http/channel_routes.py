"""Routes of the channels: which are known, and what is decided for them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from adapters.http import inbound
from adapters.http.channel_schemas import ChannelForm, ChannelList, ChannelShape
from adapters.http.deeds import deed
from adapters.http.state import saseo
from core.audit import CHANNEL_CHANGED
from core.channels import KnownChannel, changed, channel_of, differing
from core.types import Scope

LONGEST = 500
MOST = 200

router = APIRouter(prefix="/api/v1/channels", tags=["channels"])
Place = Path(min_length=1, max_length=LONGEST, examples=["slack:T024BE91L:C024BE91L"])


@router.get("")
async def known_channels(
    request: Request,
    after: Annotated[str | None, Query(max_length=LONGEST)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> ChannelList:
    """The channels in which somebody has asked or decided something, by name."""
    found = await saseo(request).channels.page(after=after, limit=limit)
    return ChannelList(channels=[ChannelShape.of(known) for known in found.channels], next=found.next)


@router.get("/{session:path}")
async def channel_settings(request: Request, session: str = Place) -> ChannelShape:
    """What is decided for a channel; of one that nobody knows, what is usual."""
    place = channel_of(inbound.place(session))
    return ChannelShape.of(KnownChannel(place, await saseo(request).channels.get(place)))


@router.put("/{session:path}")
async def decide_for_channel(body: ChannelForm, request: Request, session: str = Place) -> ChannelShape:
    """Decides for a channel. What the body leaves out is as usual from now on."""
    place = channel_of(inbound.place(session))
    before, after = await saseo(request).channels.change(place, lambda known: changed(known, body.model_dump()))
    await deed(request, CHANNEL_CHANGED, thing=str(place), scope=Scope.channel(place), detail=differing(before, after))
    return ChannelShape.of(KnownChannel(place, after))
