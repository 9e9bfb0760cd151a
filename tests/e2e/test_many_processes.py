"""Eight processes over one library: what the killed had begun is finished, once, and who is held up does nothing."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.chaos import Chaos, healthy, prepare, titles
from tests.e2e.cluster import Cluster, cluster
from tests.fakes.chroma import chroma_server
from tests.fakes.openai import FakeOpenAI
from tests.fakes.postgres import PostgresServer
from tests.fakes.site import Site
from tests.fakes.slack import FakeSlack
from tests.fakes.valkey import RedisServer

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(600)]

NAMES = [f"{role}-{number}" for number in (1, 2) for role in ("slack", "web", "scheduler", "worker")]


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        site.page("/news", "<html><title>News</title><p>The toner is in room 4.</p></html>")
        yield site


async def test_what_killed_processes_have_begun_is_finished_once(
    tmp_path: Path, site: Site, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    async with (
        FakeOpenAI(pause=0.02) as model,
        FakeSlack() as slack,
        chroma_server(tmp_path / "chroma") as chroma,
    ):
        slack.limits.off = True
        slack.outbox.retry_after = (0.0, *[1.0] * 120)
        servers = {
            "DATABASE_URL": await postgres_server.fresh(),
            "REDIS_URL": redis_server.url,
            "CHROMA_URL": chroma,
        }
        async with cluster(tmp_path, NAMES, slack=slack, model=model, servers=servers) as whole:
            await whole.start("web-1", "slack-1", "slack-2", "scheduler-1", "worker-1")
            await healthy(whole["web-1"])
            await prepare(whole["web-1"].url, site.at("/news"))
            await slack.socket_mode.connected(2, timeout=120)

            chaos = Chaos(slack, whole, channels=6)
            for place in chaos.places:
                chaos.ask(place)
                chaos.share(place)
            await slack.until(lambda: any(one.said for one in chaos.places), what="the first answer", timeout=120)
            chaos.kill("slack-1")
            await whole.until(lambda: site.paths.count("/news") > 1, what="a look at the link")
            whole["scheduler-1"].send(signal.SIGSTOP)
            chaos.kill("worker-1")
            chaos.kill("web-1")
            looks = site.paths.count("/news")

            await whole.start("scheduler-2", "worker-2", "web-2")
            await whole.until(lambda: site.paths.count("/news") > looks, what="the other scheduler")
            await _held_up(whole)
            await chaos.settle(seconds=120)
            await healthy(whole["web-2"])
            outcome = await chaos.outcome(await titles(whole["web-2"].url))

    assert (outcome.asked, outcome.shared) == (6, 6)
    assert (outcome.lost, outcome.twice, outcome.untold, outcome.told_twice) == (0, 0, 0, 0), outcome
    assert (outcome.missing, outcome.doubled) == (0, 0), outcome


async def _held_up(whole: Cluster) -> None:
    """The scheduler that was stopped goes on, and stands by at once."""
    assert "no longer scheduler" not in whole["scheduler-1"].logged
    whole["scheduler-1"].send(signal.SIGCONT)
    await whole.until(lambda: "somebody else is scheduler" in whole["scheduler-1"].logged, what="standing by")
    assert "no longer scheduler" in whole["scheduler-1"].logged
