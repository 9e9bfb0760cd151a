"""How long the rules of a site are remembered, and for how many sites."""

import pytest

from core.backends.web import robots
from core.backends.web.robots import Robots
from core.backends.web.urls import Target
from core.errors import Refused

OPEN = b"User-agent: *\nAllow: /\n"
SHUT = b"User-agent: *\nDisallow: /\n"


class Rules:
    """Serves one content, counts who asks and holds the clock."""

    def __init__(self) -> None:
        self.content = OPEN
        self.asked: list[str] = []
        self.seconds = 0.0

    async def read(self, target: Target) -> bytes:
        self.asked.append(target.url)
        return self.content

    def clock(self) -> float:
        return self.seconds


def page(host: str = "example.com", path: str = "/a") -> Target:
    return Target("https", host, 443, path)


async def test_rules_are_read_again_after_an_hour() -> None:
    rules = Rules()
    known = Robots(rules.read, agent="Saseo", clock=rules.clock)
    await known.check(page())
    rules.content, rules.seconds = SHUT, 3599.0
    await known.check(page(path="/b"))
    rules.seconds = 3601.0
    with pytest.raises(Refused) as refusal:
        await known.check(page())
    assert refusal.value.code == "fetch.robots"
    assert rules.asked == ["https://example.com/robots.txt"] * 2


async def test_only_so_many_sites_are_remembered_and_the_latest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(robots, "KEPT_SITES", 2)
    rules = Rules()
    known = Robots(rules.read, agent="Saseo", clock=rules.clock)
    for host in ("a.com", "b.com", "a.com", "c.com", "a.com", "b.com"):
        await known.check(page(host))
    assert [url.split("/")[2] for url in rules.asked] == ["a.com", "b.com", "c.com", "b.com"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"<html>not found</html>", b"\xef\xbb\xbfUser-agent: *\nAllow: /"]
)
async def test_rules_that_say_nothing_allow(content: bytes) -> None:
    rules = Rules()
    rules.content = content
    await Robots(rules.read, agent="Saseo", clock=rules.clock).check(page())


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /a",
        b"user-agent:SASEO\ndisallow:/a",
        b"User agent: saseo # us\nDisallow: /*\n",
        b"User-agent: x\nUser-agent: Saseo\nUser-agent: y\nDisallow: /a$\n",
    ],
)
async def test_rules_that_shut_us_out_are_found(content: bytes) -> None:
    rules = Rules()
    rules.content = content
    with pytest.raises(Refused):
        await Robots(rules.read, agent="Saseo", clock=rules.clock).check(page())
