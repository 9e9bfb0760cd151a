"""Honours robots.txt (RFC 9309), within bounds: the file of a stranger is read like any other input."""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protego import Protego

from core.backends.web.urls import Target
from core.errors import Refused

MAX_BYTES = 512_000
"""RFC 9309 asks for 500 KiB at least; what comes after is ignored."""
KEPT_SECONDS = 3600.0
KEPT_SITES = 500

_USER_AGENT = re.compile(r"^[ \t]*user[- ]?agent[ \t]*[: \t][ \t]*([^\s#]*).*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Kept:
    rules: Protego
    until: float


class Robots:
    """The rules of the sites that were asked lately."""

    def __init__(
        self, read: Callable[[Target], Awaitable[bytes]], *, agent: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` gives the content of a robots.txt, empty where there is none, and raises Unavailable where that
        cannot be known; `agent` is the name that rules are looked up by."""
        self._read = read
        self._agent = agent
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def check(self, target: Target) -> None:
        """Raises Refused where the site asks programs to stay away, Unavailable where it cannot be asked."""
        rules = await self._rules(target)
        if not rules.can_fetch(target.url, self._agent):
            raise Refused("fetch.robots", host=target.host)

    async def _rules(self, target: Target) -> Protego:
        kept = self._kept.get(target.origin)
        if kept is not None and kept.until > self._clock():
            self._kept.move_to_end(target.origin)
            return kept.rules
        content = await self._read(Target(target.scheme, target.host, target.port, "/robots.txt"))
        rules = await asyncio.to_thread(_parse, content, self._agent)
        self._kept[target.origin] = _Kept(rules, self._clock() + KEPT_SECONDS)
        self._kept.move_to_end(target.origin)
        while len(self._kept) > KEPT_SITES:
            self._kept.popitem(last=False)
        return rules


def _parse(content: bytes, agent: str) -> Protego:
    """Rules for other programs are folded into one group: the parser copies every rule to every program of a group,
    and a few hundred kilobytes of both would fill the memory."""
    ours = agent.lower()

    def folded(found: re.Match[str]) -> str:
        name = found[1].lower()
        return f"User-agent: {name if name in ('*', ours) else 'other'}"

    return Protego.parse(_USER_AGENT.sub(folded, content.decode("utf-8-sig", "replace")))
