"""Of several processes with one token one answers. Another takes over when it dies; an old one that wakes is still."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Refused
from tests.fakes.discord import FakeDiscord
from tests.fakes.patience import PATIENCE
from tests.fakes.saseo import Core
from tests.fakes.valkey import RedisServer
from tests.integration.discord_adapting import adapted
from tests.integration.discord_answering import QUESTION, knowing
from tests.integration.discord_running import fake_discord

ROOT = Path(__file__).parents[2]


async def twins() -> tuple[Core, Core]:
    """Two cores that share nothing but who owns the gateway."""
    first, second = await knowing(), await knowing()
    second.leases = first.leases
    return first, second


async def test_one_of_two_answers_and_the_other_takes_over(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        first, second = await twins()
        async with (
            adapted(fake, first, tmp_path / "first", lease_seconds=0.5),
            adapted(fake, second, tmp_path / "second", lease_seconds=0.5, wait=False) as standby,
        ):
            fake.mention(QUESTION, user=fake.sam)
            await fake.posted("15 days")
            assert not standby.ready.is_set()
            assert len(fake.gateway.connections) == 1
        async with adapted(fake, second, tmp_path / "second", lease_seconds=0.5):
            fake.mention(QUESTION, user=fake.mina)
            await fake.until(lambda: len(fake.answers()) >= 2, what="the second answer")
        assert len(fake.answers()) == 2


async def test_two_that_know_nothing_of_each_other_still_answer_once(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        async with (
            adapted(fake, await knowing(), tmp_path / "first"),
            adapted(fake, await knowing(), tmp_path / "second"),
        ):
            await fake.gateway.ready(2)
            fake.mention(QUESTION, user=fake.sam)
            asked = fake.slash("ask", {"question": QUESTION}, user=fake.mina)
            await asked.settled()
            await fake.until(lambda: len(fake.answers()) >= 2, what="two answers")
        assert len(fake.answers()) == 2


async def test_who_has_lost_the_lease_stands_by_and_becomes_the_owner_again(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        core = await knowing()
        async with adapted(fake, core, tmp_path, lease_seconds=0.3) as adapter:
            name = adapter._owner._name
            token = adapter._owner.token
            assert token is not None
            await core.leases.release(name, token)
            other = await core.leases.acquire(name, seconds=60)
            assert other is not None
            await fake.until(lambda: not fake.gateway.connections, what="the end of the connection")
            fake.mention(QUESTION, user=fake.sam)
            await core.leases.release(name, other)
            await fake.posted("15 days")
        assert len(fake.answers()) == 1


async def test_an_answer_under_way_is_finished_at_the_end_as_the_owner(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        told = asyncio.Event()
        core = await knowing("Employees have ", told, "15 days ", "of paid leave [1].")
        ending = asyncio.create_task(ended_while_answering(fake, core, tmp_path))
        await fake.until(lambda: fake.gateway.handshakes and not fake.gateway.connections, what="the end of listening")
        # Longer than the lease lives unless it is renewed.
        await asyncio.sleep(0.6)
        told.set()
        await ending
        assert "15 days" in fake.answers()[-1].content
        assert len(fake.answers()) == 1


async def ended_while_answering(fake: FakeDiscord, core: Core, folder: Path) -> None:
    async with adapted(fake, core, folder, lease_seconds=0.3):
        fake.mention(QUESTION, user=fake.sam)
        assert isinstance(core.model, ScriptedModel)
        await core.model.called.wait()


async def test_a_bot_in_no_server_says_how_to_add_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with fake_discord() as fake:
        fake.leave(fake.bot, fake.guild)
        with caplog.at_level("INFO"):
            async with adapted(fake, await knowing(), tmp_path):
                assert f"client_id={fake.world.application_id}" in caplog.text
                assert "message content is off" in caplog.text


async def test_with_shards_it_answers_too(tmp_path: Path) -> None:
    async with fake_discord() as fake, adapted(fake, await knowing(), tmp_path, sharded=True):
        fake.mention(QUESTION, user=fake.sam)
        await fake.posted("15 days")


async def test_a_token_that_dies_ends_the_role_with_an_instruction(tmp_path: Path) -> None:
    async with fake_discord() as fake:
        with pytest.raises(Refused) as refusal:
            async with adapted(fake, await knowing(), tmp_path, token="wrong"):
                pass
        assert refusal.value.code == "discord_connection.token"


@asynccontextmanager
async def process(fake: FakeDiscord, folder: Path, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {"DATA_DIR": str(folder / "data"), "REDIS_URL": url, "LOG_LEVEL": "DEBUG", "PYTHONPATH": str(ROOT)}
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--only", "discord"),
        env={**os.environ, **fake.environment, **settings},
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def says(running: asyncio.subprocess.Process, *texts: str) -> None:
    """Waits until a process has logged all of this, in any order."""
    assert running.stderr is not None
    said = b""
    # Four processes at once read the guide.
    async with asyncio.timeout(2 * PATIENCE):
        while not all(text.encode() in said for text in texts):
            line = await running.stderr.readline()
            assert line, f"the process ended before it said {texts}: {said.decode()}"
            said += line


@pytest.mark.redis
@pytest.mark.timeout(240)
async def test_a_killed_process_is_replaced_and_a_paused_one_stays_still(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    # Side by side, since each waits until a lease is over.
    harms = (signal.SIGKILL, signal.SIGSTOP)
    await asyncio.gather(*(harmed(harm, tmp_path / harm.name, redis_server.url) for harm in harms))


async def harmed(harm: signal.Signals, folder: Path, url: str) -> None:
    """The process that answers is done this to, and the one that stands by takes over."""
    for name in ("first", "second"):
        (folder / name).mkdir(parents=True)
    async with FakeDiscord() as fake:
        # A token of its own means a lease of its own.
        fake.world.token = f"fake.{harm.name}.token"
        await taken_over(harm, fake, folder, url)
        assert fake.violations == []


async def taken_over(harm: signal.Signals, fake: FakeDiscord, folder: Path, url: str) -> None:
    async with process(fake, folder / "first", url) as first:
        await fake.gateway.ready()
        async with process(fake, folder / "second", url) as second:
            await says(second, "standing by", "the guide has")
            first.send_signal(harm)
            fake.mention("How do I connect Slack?", user=fake.sam)
            await fake.until(lambda: fake.gateway.handshakes.count("identified") == 2, what="another owner")
            await fake.posted("Slack")
            if harm is signal.SIGSTOP:
                first.send_signal(signal.SIGCONT)
                await says(first, "no longer")
            assert second.returncode is None
        assert len(fake.answers()) == 1
