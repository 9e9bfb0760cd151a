"""Decides for a channel in the name of somebody who may: whatever they change is noted in the audit log."""

from collections.abc import Mapping
from typing import Any

from core.audit import CHANNEL_CHANGED, AuditLog
from core.channels import ChannelSettings, changed, differing
from core.remembered_channels import RememberedChannels
from core.types import Session


async def decide(
    channels: RememberedChannels, audit: AuditLog, session: Session, changes: Mapping[str, Any], *, who: str
) -> tuple[ChannelSettings, ChannelSettings]:
    """The settings of a channel before and after. `session` is the channel itself, `who` as `core.audit.Deed` names
    people. Raises Refused for what makes no sense, and Unavailable."""
    before, after = await channels.change(session, lambda known: changed(known, changes))
    if names := differing(before, after):
        await audit.note(who, CHANNEL_CHANGED, thing=str(session), workspace=session.home, detail=names)
    return before, after
