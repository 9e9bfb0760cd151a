"""Nine processes over one library while one of them is killed every second: everything comes, and comes once.

`make chaos` lasts two minutes each time. What was killed is started again at once, as a supervisor would; a start takes
3.5 s of a core, so that two cores start two processes every four seconds, and most processes are just starting.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.chaos import Chaos, Outcome, healthy, prepare, titles
from tests.e2e.cluster import cluster
from tests.fakes.chroma import chroma_server
from tests.fakes.openai import FakeOpenAI
from tests.fakes.postgres import PostgresServer
from tests.fakes.slack import FakeSlack
from tests.fakes.valkey import RedisServer

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(1200)]

NAMES = ["web-1", "web-2", "slack-1", "slack-2", "worker-1", "worker-2", "worker-3", "scheduler-1", "scheduler-2"]
SECONDS = float(os.environ.get("CHAOS_SECONDS", "10"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
CHANNELS = 50
BETWEEN_KILLS = 1.0
FOR_THE_REST = 300.0
"""Seconds for what is still owed in the end."""
FOR_A_SECOND_ONE = 20.0
"""Seconds in which what would come twice comes."""


async def test_whoever_is_killed_every_answer_comes_once_and_every_file_is_known_once(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    servers = {"DATABASE_URL": await postgres_server.fresh(), "REDIS_URL": redis_server.url, "LOG_LEVEL": "WARNING"}
    outcome = await gone_through(tmp_path, servers)
    sys.stdout.write(f"{outcome}\n")
    assert (outcome.lost, outcome.twice, outcome.untold, outcome.told_twice) == (0, 0, 0, 0), outcome
    assert (outcome.missing, outcome.doubled, outcome.ended) == (0, 0, ()), outcome
    assert min(outcome.asked, outcome.shared, sum(outcome.kills.values())) > 0, outcome


async def gone_through(folder: Path, servers: dict[str, str]) -> Outcome:
    """What became of everything that people asked and shared meanwhile."""
    async with FakeOpenAI(pause=0.02) as model, FakeSlack() as slack, chroma_server(folder / "chroma") as chroma:
        slack.limits.off = True
        # Slack tries again for an hour; here it does so more often.
        slack.outbox.retry_after = (0.0, *[1.0] * 600)
        async with cluster(folder, NAMES, slack=slack, model=model, servers={**servers, "CHROMA_URL": chroma}) as whole:
            await whole.start()
            await healthy(whole["web-1"])
            await prepare(whole["web-1"].url)
            await slack.socket_mode.connected(2, timeout=300)
            people = Chaos(slack, whole, channels=CHANNELS, seed=SEED)
            supervisor = asyncio.create_task(whole.supervise())
            await people.go_on(seconds=SECONDS, every=BETWEEN_KILLS)
            await people.settle(seconds=FOR_THE_REST)
            await asyncio.sleep(FOR_A_SECOND_ONE)
            await healthy(whole["web-2"])
            known = await titles(whole["web-2"].url)
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor
            return await people.outcome(known)
