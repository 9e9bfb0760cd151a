"""Kills one of nine processes again and again while channels ask and share: `python -m benchmarks.chaos --seconds 120`.

Real Redis, PostgreSQL and Chroma servers; Slack and the model are fakes that speak the wire. What was killed is started
again at once, as a supervisor would. A start takes 3.5 s of a core, so that two cores start two processes
every four seconds: with `--every 1` most processes are just starting.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.e2e.chaos import Chaos, Outcome, healthy, prepare, titles
from tests.e2e.cluster import cluster
from tests.fakes.chroma import chroma_server
from tests.fakes.openai import FakeOpenAI
from tests.fakes.postgres import PostgresServer, server_programs
from tests.fakes.slack import FakeSlack
from tests.fakes.valkey import RedisServer, server_program

NAMES = ["web-1", "web-2", "slack-1", "slack-2", "worker-1", "worker-2", "worker-3", "scheduler-1", "scheduler-2"]


async def chaos(folder: Path, database: str, redis: str, chosen: argparse.Namespace) -> Outcome:
    """Everything that people asked and shared, and what became of it."""
    async with FakeOpenAI(pause=0.02) as model, FakeSlack() as slack, chroma_server(folder / "chroma") as chroma:
        slack.limits.off = True
        # Slack tries again for an hour; here it does so more often.
        slack.outbox.retry_after = (0.0, *[1.0] * 600)
        servers = {"DATABASE_URL": database, "REDIS_URL": redis, "CHROMA_URL": chroma, "LOG_LEVEL": "WARNING"}
        async with cluster(folder, NAMES, slack=slack, model=model, servers=servers) as whole:
            await whole.start()
            await healthy(whole["web-1"])
            await prepare(whole["web-1"].url)
            await slack.socket_mode.connected(2, timeout=300)
            people = Chaos(slack, whole, channels=chosen.channels, seed=chosen.seed)
            supervisor = asyncio.create_task(whole.supervise())
            await people.go_on(seconds=chosen.seconds, every=chosen.every)
            await people.settle(seconds=chosen.patience)
            # What would come twice has time to come.
            await asyncio.sleep(20)
            await healthy(whole["web-2"])
            known = await titles(whole["web-2"].url)
            supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await supervisor
            return await people.outcome(known)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two kills")
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--patience", type=float, default=300, help="seconds for the rest to come in the end")
    parser.add_argument("--seed", type=int, default=random.randrange(1000))
    parser.add_argument("--folder", type=Path, help="where logs and data stay")
    chosen = parser.parse_args()
    programs, redis_program = server_programs(), server_program()
    if programs is None or redis_program is None:
        raise SystemExit("initdb of PostgreSQL and redis-server are needed")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary, PostgresServer(programs) as postgres:
        folder = chosen.folder or Path(temporary)
        (folder / "redis").mkdir(parents=True, exist_ok=True)
        redis = RedisServer(redis_program, folder / "redis")
        redis.start()
        try:
            database = asyncio.run(postgres.fresh())
            outcome = asyncio.run(chaos(folder, database, redis.url, chosen))
        finally:
            redis.stop()
    print(outcome)
    print(f"seed {chosen.seed}, {time.monotonic() - began:.0f} s, load {os.getloadavg()[1]:.1f}")


if __name__ == "__main__":
    main()
