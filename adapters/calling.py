"""Whether what people say is answered in a channel, by what its people decided. Pure."""

from core.asking import asks
from core.channels import ChannelSettings

OVERHEARD = "overheard"
"""Said in a channel to nobody in particular."""
POST = "post"
"""Opens a post of a forum."""
UNASKED = (OVERHEARD, POST)
"""Ways of speaking that are not meant for the bot: where they are not answered, nobody is told."""
UNASKED_A_MINUTE = 8
"""Answers in one channel that nobody has asked the bot for: fewer than it gives at all."""


def heeds(settings: ChannelSettings, *, way: str, text: str) -> bool:
    """Whether this is answered in a channel with these settings."""
    if not settings.enabled:
        return False
    if way == POST and settings.trigger == "posts":
        return True
    return way not in UNASKED or (settings.trigger == "questions" and asks(text))
