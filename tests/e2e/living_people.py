"""What people do in Slack and Discord with what they share, each in a channel of its own, beside the program."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.types import Scope, Session, identify
from tests.e2e import discord_program, slack_program
from tests.e2e.program import Place
from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack

PATIENCE = 15.0
"""Seconds: longer than it takes to read something. A program that never lived so long could read nothing at all."""


@dataclass(slots=True, eq=False)
class Shared:
    """A file or a link that stands alone in its channel."""

    number: int
    place: Session
    message: Any
    origin: str
    """Its document's name."""
    is_link: bool
    version: int = 1
    gone: bool = False
    """It went in the platform, or somebody was told that it is forgotten."""
    perhaps: bool = False
    """Somebody wanted it forgotten and saw that this failed: it may be there or not."""

    @property
    def document_id(self) -> str:
        return identify(str(Scope.channel(self.place)), self.origin)


class People(Protocol):
    """Somebody on one platform. `url` is of a page, `text` of a file."""

    roles: str

    async def prepared(self, folder: Path, **variables: str) -> Place:
        """A place whose settings point here."""
        ...

    def program(self, place: Place, *, roles: str, number: int) -> slack_program.Bot:
        """`python -m bot run`, not started yet."""
        ...

    async def connected(self, bot: slack_program.Bot) -> None:
        """Waits until it is connected."""
        ...

    def share(self, number: int, *, text: str, url: str) -> Shared:
        """Shares a file, or posts a link where there is one."""
        ...

    def renew(self, one: Shared, text: str) -> bool:
        """Puts another version in the place of a file; False where that cannot be done."""
        ...

    def delete(self, one: Shared) -> None:
        """Deletes its message."""
        ...

    def take_out(self, one: Shared) -> None:
        """Takes it out of its message."""
        ...

    def refresh(self, one: Shared) -> None:
        """Has the links of its channel looked at."""
        ...

    def forget(self, one: Shared) -> Any:
        """Has it forgotten with a command."""
        ...

    def heard(self, command: Any) -> bool:
        """Whether whoever gave a command saw that it was taken in."""
        ...

    def told(self, one: Shared) -> list[str]:
        """What everybody in its channel was told."""
        ...

    def calls(self, one: Shared) -> int:
        """How many calls there were for its channel."""
        ...


class OnSlack:
    """Sam, over Socket Mode."""

    roles = "slack"

    def __init__(self, fake: FakeSlack) -> None:
        fake.limits.off = True
        # Slack tries for six minutes; here it does so more often, and a busy machine takes its time to start.
        fake.outbox.retry_after = (0.0, *[1.0] * 360)
        self.fake = fake

    async def prepared(self, folder: Path, **variables: str) -> Place:
        return await slack_program.prepared(folder, self.fake, None, **variables)

    def program(self, place: Place, *, roles: str, number: int) -> slack_program.Bot:
        return slack_program.Bot(place, "--only", roles, number=number)

    async def connected(self, bot: slack_program.Bot) -> None:
        await bot.connected(self.fake)

    def share(self, number: int, *, text: str, url: str) -> Shared:
        fake, team = self.fake, self.fake.team.id
        channel = fake.new_channel(f"c{number}", kind="private", members=[fake.sam])
        place = Session("slack", team, channel.id)
        if url:
            message = fake.say(f"<{url}>", channel=channel, user=fake.sam)
            return Shared(number, place, message, f"slack:{team}:link:{url}", is_link=True)
        message = fake.upload(f"c{number}.txt", text, channel=channel, user=fake.sam)
        return Shared(number, place, message, f"slack:{team}:file:{message.files[0]}", is_link=False)

    def renew(self, one: Shared, text: str) -> bool:
        self.fake.change_file(one.message.files[0], text)
        return True

    def delete(self, one: Shared) -> None:
        self.fake.delete(one.message)

    def take_out(self, one: Shared) -> None:
        if one.is_link:
            self.fake.edit(one.message, "nothing")
        else:
            self.fake.delete_file(one.message.files[0])

    def refresh(self, one: Shared) -> None:
        self.fake.command("/sources", "refresh", channel=one.place.channel, user=self.fake.sam)

    def forget(self, one: Shared) -> Any:
        return self.fake.command("/forget", one.document_id, channel=one.place.channel, user=self.fake.sam)

    def heard(self, command: Any) -> bool:
        return bool(command.acknowledged)

    def told(self, one: Shared) -> list[str]:
        channel = self.fake.find_channel(one.place.channel)[1]
        return [message.shown for message in channel.visible if message.bot_id]

    def calls(self, one: Shared) -> int:
        channel, file = one.place.channel, one.message.files[0] if one.message.files else "-"
        named = (channel in str(call.arguments.get("channel")) for call in self.fake.calls)
        loaded = (file in str(call.arguments.get("path")) for call in self.fake.calls)
        return sum(map(max, named, loaded))


class OnDiscord:
    """Sam, over the gateway."""

    roles = "discord"

    def __init__(self, fake: FakeDiscord) -> None:
        fake.limits.off = True
        self.fake = fake

    async def prepared(self, folder: Path, **variables: str) -> Place:
        return await discord_program.prepared(folder, self.fake, None, DISCORD_MESSAGE_CONTENT="true", **variables)

    def program(self, place: Place, *, roles: str, number: int) -> slack_program.Bot:
        return discord_program.Bot(place, "--only", roles, number=number)

    async def connected(self, bot: slack_program.Bot) -> None:
        assert isinstance(bot, discord_program.Bot)
        await bot.answering(self.fake)

    def share(self, number: int, *, text: str, url: str) -> Shared:
        fake, guild = self.fake, self.fake.guild.id
        channel = fake.new_channel(f"c{number}", only=[fake.sam])
        place = Session("discord", guild, channel.id)
        if url:
            message = fake.say(url, channel=channel, user=fake.sam)
            return Shared(number, place, message, f"discord:{guild}:link:{url}", is_link=True)
        message = fake.share(f"c{number}.txt", text, channel=channel, user=fake.sam)
        return Shared(number, place, message, f"discord:{guild}:file:{message.attachments[0].id}", is_link=False)

    def renew(self, one: Shared, text: str) -> bool:
        return False

    def delete(self, one: Shared) -> None:
        self.fake.delete(one.message)

    def take_out(self, one: Shared) -> None:
        self.fake.edit(one.message, "nothing", without_files=True)

    def refresh(self, one: Shared) -> None:
        self.fake.slash("sources", {"refresh": True}, channel=one.place.channel, user=self.fake.sam)

    def forget(self, one: Shared) -> Any:
        options = {"document": one.document_id}
        return self.fake.slash("forget", options, channel=one.place.channel, user=self.fake.sam)

    def heard(self, command: Any) -> bool:
        return command.callback is not None

    def told(self, one: Shared) -> list[str]:
        said = self.fake.answers(one.place.channel)
        return [message.content for message in said if message.ephemeral_to is None]

    def calls(self, one: Shared) -> int:
        return sum(one.place.channel in call.path.values() for call in list(self.fake.calls))


async def moment(people: "OnSlack | OnDiscord", one: Shared, *, calls: int) -> None:
    """Waits until there were so many calls about something, or for long enough."""
    with suppress(AssertionError):
        await people.fake.until(lambda: people.calls(one) >= calls, what="calls", timeout=PATIENCE)
