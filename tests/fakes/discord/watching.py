"""What a test looks at: what people see, what the app called, and waiting for it."""

from collections.abc import Callable

from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.permissions import Permission, allowed
from tests.fakes.discord.stage import Called
from tests.fakes.discord.state import Channel, Message, User
from tests.fakes.patience import PATIENCE


class Watching(Interacting):
    """Sight of the app's doings. `timeout` bounds every wait; what was there instead is told."""

    def visible(self, channel: Channel | str, *, user: User | str | None = None) -> list[Message]:
        """The messages that stand in a channel now, oldest first; with `user`, what that person sees of it."""
        place = self.find_channel(channel)
        if user is None:
            return place.visible
        person = self.find_user(user)
        if Permission.READ_MESSAGE_HISTORY not in allowed(place, person.id):
            return []
        return [one for one in place.messages.values() if not one.deleted and one.ephemeral_to in (None, person.id)]

    def answers(self, channel: Channel | str | None = None, *, loading: bool = False) -> list[Message]:
        """What the bot has written and not deleted, for everybody or for one person, oldest first.

        `loading` adds those that only say that it is thinking.
        """
        everywhere = [one for one in self.world.channels() if not one.deleted]
        places = everywhere if channel is None else [self.find_channel(channel)]
        found = [one for place in places for one in place.messages.values() if one.author is self.bot]
        standing = [one for one in found if not one.deleted and (loading or not one.loading)]
        return sorted(standing, key=lambda one: int(one.id))

    async def posted(
        self,
        contains: str = "",
        *,
        channel: Channel | str | None = None,
        count: int = 1,
        where: Callable[[Message], bool] = lambda _: True,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - a bound for tests
    ) -> Message:
        """Waits for the bot's message number `count` that fits; a bare "is thinking" does not count."""

        def fitting() -> list[Message]:
            found = [one for one in self.answers(channel) if contains in one.content and where(one)]
            return found[count - 1 : count]

        try:
            found = await self.until(fitting, what=f"message {count} with {contains!r}", timeout=timeout)
        except AssertionError as error:
            there = [one.content[:200] for one in self.answers()]
            raise AssertionError(f"{error}; the bot wrote {there}") from None
        return found[0]

    def called(self, route: str) -> list[Called]:
        """The requests of a route so far, e.g. `POST /channels/{channel_id}/messages`, oldest first."""
        return [call for call in self.calls if call.route == route]

    async def call(self, route: str, *, count: int = 1, timeout: float = PATIENCE) -> Called:  # noqa: ASYNC109
        """Waits until the request number `count` of a route has been answered."""

        def look() -> list[Called]:
            return [one for one in self.called(route) if one.took][count - 1 : count]

        return (await self.until(look, what=f"call {count} of {route}", timeout=timeout))[0]
