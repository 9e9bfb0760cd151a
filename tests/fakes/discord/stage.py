"""What every part of the fake works on: the world, the clock, the gateway, the faults, and who waits for what."""

import asyncio
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from tests.fakes.discord.faults import Faults
from tests.fakes.discord.limits import RateLimits
from tests.fakes.discord.openapi import Description
from tests.fakes.discord.outages import FailingGateway
from tests.fakes.discord.state import Attachment, Channel, Guild, Interaction, Json, Message, User
from tests.fakes.discord.world import World
from tests.fakes.patience import PATIENCE
from tests.fakes.slack.clock import Clock

Found = TypeVar("Found")
PREFIX = "/api/v10"
ATTACHMENT_SECONDS = 24 * 3600


@dataclass(slots=True, eq=False)
class Called:
    """A request; `status` is 0 while it is being answered or when the answer was lost."""

    route: str
    """The method and the template, e.g. `POST /channels/{channel_id}/messages`."""
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    at: float
    token: str
    status: int = 0
    response: Any = None
    took: float = 0.0
    """Seconds of real time until it was answered."""

    @property
    def code(self) -> int:
        """Discord's own code where it was refused."""
        return int(self.response.get("code", 0)) if self.status >= 400 and isinstance(self.response, dict) else 0


class Stage:
    """The parts that people's acts and the routes share."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.world = World(self.clock)
        self.faults = Faults()
        self.limits = RateLimits(self.clock)
        self.calls: deque[Called] = deque(maxlen=100_000)
        self.violations: list[str] = []
        """Requests and answers that are not as Discord describes them."""
        self.description: Description | None = None
        self.base_url = ""
        self.shards = 1
        """How many shards `GET /gateway/bot` recommends."""
        self.created_commands: dict[str, deque[float]] = {}
        """When commands were created, by guild."""
        self.nonces: dict[str | int, Message] = {}
        """The bot's last message with each nonce."""
        self.loose: dict[str, Message] = {}
        """Files that were given to a command and stand in no message."""
        self.downloads: deque[tuple[float, str]] = deque(maxlen=10_000)
        """When which file was fetched."""
        self.observers: list[Callable[[str, Message], None]] = []
        """Called with the cause and the message whenever one appears, changes or goes."""
        self.onlookers: list[Callable[[Interaction], None]] = []
        """Called with an interaction once it is answered or given up."""
        self.tasks: set[asyncio.Task[None]] = set()
        self._change = asyncio.Event()
        self._secret = secrets.token_bytes(16)
        self.gateway = FailingGateway(self, self.changed)

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a bot at this server."""
        return {
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_URL": self.api_url,
            "DISCORD_GATEWAY_URL": self.gateway_url,
        }

    @property
    def api_url(self) -> str:
        return f"{self.base_url}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        return f"ws{self.base_url.removeprefix('http')}/"

    @property
    def bot(self) -> User:
        return self.world.bot

    def changed(self) -> None:
        """Wakes everybody who waits for something to hold."""
        change, self._change = self._change, asyncio.Event()
        change.set()

    async def until(self, look: Callable[[], Found | None], *, what: str, timeout: float = PATIENCE) -> Found:  # noqa: ASYNC109
        """Waits until `look` finds something true and returns it; AssertionError with `what` after `timeout`."""
        try:
            async with asyncio.timeout(timeout):
                while not (found := look()):
                    await self._change.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"waited {timeout} s in vain for {what}") from None

    def noted(self, cause: str, message: Message) -> None:
        """Keeps the message's present state and tells whoever watches."""
        message.note(cause, self.clock.now())
        for observer in self.observers:
            observer(cause, message)
        self.changed()

    def settle(self, interaction: Interaction) -> None:
        """An interaction was answered for the first time, or given up."""
        interaction.over.set()
        for onlooker in self.onlookers:
            onlooker(interaction)
        self.changed()

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Does something when so much time has passed on the clock."""

        # It counts from now, also where the clock is moved before the task begins.
        deadline = self.clock.now() + seconds

        async def wait() -> None:
            await self.clock.sleep_until(deadline)
            act()

        task = asyncio.get_running_loop().create_task(wait())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def sign(self, message: Message, attachment: Attachment) -> str:
        """The address of an attachment, good for a day of the clock."""
        issued = int(self.clock.now())
        place = f"{message.channel.id}/{attachment.id}/{quote(attachment.filename)}"
        expires = issued + ATTACHMENT_SECONDS
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        return f"{self.base_url}/{folder}/{place}?ex={expires:x}&is={issued:x}&hm={self.seal(attachment.id, expires)}"

    def seal(self, attachment_id: str, expires: int) -> str:
        return hmac.new(self._secret, f"{attachment_id}:{expires}".encode(), hashlib.sha256).hexdigest()

    def expire_attachments(self) -> None:
        """All addresses that were given out so far are refused from now on; fetching a message gives new ones."""
        self._secret = secrets.token_bytes(16)

    def find_user(self, user: User | str) -> User:
        return user if isinstance(user, User) else self.world.find_user(user)

    def find_guild(self, guild: Guild | str) -> Guild:
        return guild if isinstance(guild, Guild) else self.world.find_guild(guild)

    def find_channel(self, channel: Channel | str) -> Channel:
        return channel if isinstance(channel, Channel) else self.world.find_channel(channel)

    def find_message(self, message: Message | str) -> Message:
        return message if isinstance(message, Message) else self.world.find_message(message)

    def find_interaction(self, interaction: Interaction | str) -> Interaction:
        return interaction if isinstance(interaction, Interaction) else self.world.interactions[interaction]

    def told_of(self, channel: Channel, name: str, data: Json) -> None:
        """Dispatches an event of a channel with its guild's id."""
        if channel.guild is None:
            self.gateway.dispatch(name, data)
        else:
            self.gateway.dispatch(name, data | {"guild_id": channel.guild.id}, guild_id=channel.guild.id)
