"""Who may decide for a channel. Where Slack does not tell, nobody may."""

from collections.abc import Mapping

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import Asked, word

OWNERS = ("is_admin", "is_owner", "is_primary_owner")


async def may_manage(api: Api, place: Asked) -> bool:
    """Whether somebody created this channel or looks after the workspace. A conversation is everybody's in it."""
    if place.user_team not in ("", place.team):
        # Whoever looks after another workspace looks after nothing here.
        return False
    if place.kind == "im":
        return True
    try:
        told = await api.call("conversations.info", patience=1.0, channel=place.channel)
        info = told.get("channel")
        if isinstance(info, Mapping) and (info.get("is_mpim") is True or word(info, "creator") == place.user):
            return True
        told = await api.call("users.info", patience=1.0, user=place.user)
    except (Declined, Unclear):
        return False
    about = told.get("user")
    if not isinstance(about, Mapping) or word(about, "team_id") not in ("", place.team):
        return False
    return any(about.get(name) is True for name in OWNERS)
