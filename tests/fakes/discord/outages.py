"""Every way in which a test can break the gateway."""

from typing import Any

from tests.fakes.discord.gateway import Gateway


class FailingGateway(Gateway):
    """The gateway, and what goes wrong with it; see also `refusals`, `acknowledges` and `starts_left`."""

    def drop(self) -> int:
        """Cuts every connection without a word; the sessions can be resumed. Says how many there were."""
        dropped = list(self.connections)
        for connection in dropped:
            if connection.transport is not None:
                connection.transport.abort()
            self._forget(connection)
        return len(dropped)

    def close_all(self, code: int, reason: str = "") -> int:
        """Closes every connection with this code, e.g. 4009; says how many there were."""
        for connection in list(self.connections):
            self._refuse(connection, code, reason)
        return len(self.connections)

    def ask_to_reconnect(self) -> None:
        """Op 7 to every connection."""
        for connection in list(self.connections):
            connection.send(7)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9 to every connection; unless it is resumable, its session and what it missed are gone."""
        for connection in list(self.connections):
            if connection.session is not None:
                connection.session.ended = not resumable
            connection.send(9, data=resumable)

    def again(self, last: int = 1) -> int:
        """Dispatches the last so many events of each session once more; says how many that were."""
        count = 0
        for session in [one for one in self.sessions.values() if not one.ended]:
            for _, name, data in list(session.sent)[-last:]:
                session.tell(name, data)
                count += 1
        return count

    def send_malformed(self, name: str = "MESSAGE_CREATE", data: Any = None) -> int:
        """Dispatches an event whose data lacks everything."""
        return self.dispatch(name, {"malformed": True} if data is None else data)
