"""How the bot is connected to Discord and whom it listens to."""

from dataclasses import dataclass, field
from pathlib import Path

from adapters.discord.inbound import Rules
from core.channels import SessionScope


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator chose."""

    token: str = field(repr=False)
    data_dir: Path
    """Where it is noted how far messages were received, and which commands Discord knows."""
    message_content: bool = False
    """Whether Discord is asked for the text of messages that do not mention the bot."""
    sharded: bool = False
    api_url: str | None = None
    """None: Discord's own; so is `gateway_url`."""
    gateway_url: str | None = None
    session_scope: SessionScope = "channel"
    follow_up_hours: int = 24
    most_bytes: int = 50 * 1024 * 1024
    """The largest file that is taken in."""
    rules: Rules = field(default_factory=Rules)
