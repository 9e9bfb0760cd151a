"""What a test looks at: what people see, what the app called, and waiting for it."""

from collections.abc import Callable

from tests.fakes.patience import PATIENCE
from tests.fakes.slack.stage import Called, Stage
from tests.fakes.slack.state import Channel, Message


class Watching(Stage):
    """Sight of the app's doings. `timeout` bounds every wait; what was there instead is told."""

    def visible(
        self, channel: Channel | str, *, thread_ts: str | None = None, user: str | None = None
    ) -> list[Message]:
        """The messages that stand in a channel now, oldest first; with `user` also what only they see."""
        _, place = self.find_channel(channel)
        found = place.visible + [one for one in place.ephemerals if not one.deleted and one.ephemeral_to == user]
        return [one for one in found if thread_ts is None or thread_ts in (one.thread_ts, one.ts)]

    def answers(self, channel: Channel | str | None = None, *, thread_ts: str | None = None) -> list[Message]:
        """What the app has posted and not deleted, for everybody or for one person, oldest first."""
        bots = {workspace.bot_user.id for workspace in self.world.workspaces.values()}
        places = [self.find_channel(channel)[1]] if channel is not None else self._channels()
        found = [one for place in places for one in (*place.messages.values(), *place.ephemerals)]
        return [
            one
            for one in found
            if one.user in bots and not one.deleted and (thread_ts is None or one.thread_ts == thread_ts)
        ]

    async def posted(
        self,
        contains: str = "",
        *,
        channel: Channel | str | None = None,
        thread_ts: str | None = None,
        count: int = 1,
        finished: bool = True,
        where: Callable[[Message], bool] = lambda _: True,
        timeout: float = PATIENCE,  # noqa: ASYNC109 - a bound for tests
    ) -> Message:
        """Waits for the app's message number `count` that fits; `finished` leaves out streams that go on."""

        def fitting() -> list[Message]:
            found = [one for one in self.answers(channel, thread_ts=thread_ts) if contains in one.shown and where(one)]
            return [one for one in found if not (finished and one.streaming)]

        try:
            found = await self.until(
                lambda: fitting()[count - 1 : count], what=f"message {count} with {contains!r}", timeout=timeout
            )
        except AssertionError as error:
            there = [one.shown[:200] for one in self.answers()]
            raise AssertionError(f"{error}; the app posted {there}") from None
        return found[0]

    def called(self, method: str) -> list[Called]:
        """The calls of a method so far, oldest first."""
        return [call for call in self.calls if call.method == method]

    async def call(self, method: str, *, count: int = 1, timeout: float = PATIENCE) -> Called:  # noqa: ASYNC109
        """Waits for the call number `count` of a method."""
        return (
            await self.until(
                lambda: self.called(method)[count - 1 : count], what=f"call {count} of {method}", timeout=timeout
            )
        )[0]

    def _channels(self) -> list[Channel]:
        return [channel for workspace in self.world.workspaces.values() for channel in workspace.channels.values()]
