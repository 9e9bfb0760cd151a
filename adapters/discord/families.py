"""Families of Discord's routes, for figures."""

from yarl import URL

FAMILIES = frozenset({"applications", "channels", "gateway", "guilds", "interactions", "oauth2", "users", "webhooks"})


def family(url: URL) -> str:
    """`channels` for `/api/v10/channels/17/messages`; `other` for what is no route, such as the gateway itself."""
    return next((word for word in url.parts[:4] if word in FAMILIES), "other")
