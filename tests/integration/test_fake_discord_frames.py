"""Frames of the fake Discord's gateway that a library never sends, and what Discord makes of them."""

import pytest

from tests.fakes.discord import FakeDiscord
from tests.integration.discord_clients import Bare, Bot, bare
from tests.integration.discord_running import connected, fake_discord


async def closing(client: Bare) -> int:
    """The code with which the connection ends."""
    while "close" not in (frame := await client.receive()):
        pass
    return int(frame["close"])


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (0, None, 4003),
        (3, {}, 4003),
        (2, {"token": "{token}", "intents": 1 << 40}, 4013),
        (2, {"token": "{token}", "intents": 1 << 8}, 4014),
        (2, {"token": "{token}", "intents": 1, "shard": [2, 2]}, 4010),
        (6, {"token": "wrong", "session_id": "x", "seq": 1}, 4004),
    ],
)
async def test_a_wrong_frame_ends_the_connection(op: int, data: object, code: int) -> None:
    async with fake_discord() as fake, bare(fake) as client:
        if isinstance(data, dict):
            data = {name: fake.token if value == "{token}" else value for name, value in data.items()}
        await client.send(op, data)
        assert await closing(client) == code


async def test_what_is_not_json_or_comes_twice_ends_the_connection() -> None:
    async with fake_discord() as fake:
        async with bare(fake) as client:
            await client.socket.send_str("{")
            assert await closing(client) == 4002
        async with bare(fake) as client:
            await client.identify(fake)
            await client.identify(fake)
            assert await closing(client) == 4005
        async with bare(fake) as client:
            await client.identify(fake)
            await client.send(77)
            assert await closing(client) == 4001


async def test_a_resume_with_a_number_from_the_future_is_refused() -> None:
    async with fake_discord() as fake, bare(fake) as first:
        await first.identify(fake)
        session_id = (await first.until(0, "READY"))["d"]["session_id"]
        async with bare(fake) as second:
            await second.send(6, {"token": fake.token, "session_id": session_id, "seq": 99})
            assert await closing(second) == 4007
        async with bare(fake) as third:
            await third.send(6, {"token": fake.token, "session_id": session_id, "seq": 1})
            assert (await third.until(0, "GUILD_CREATE"))["s"] == 2
            await third.until(0, "RESUMED")
            assert await closing(first) == 4000


async def test_the_starts_of_a_day_are_counted() -> None:
    async with fake_discord() as fake:
        fake.gateway.starts_left = 1
        async with connected(fake, bot := Bot()):
            assert (await bot.http.get_bot_gateway())[2]["remaining"] == 0
            async with bare(fake) as client:
                await client.identify(fake)
                assert await closing(client) == 4004


async def test_a_client_that_leaves_gives_its_session_up() -> None:
    async with FakeDiscord() as fake, bare(fake) as client:
        await client.identify(fake)
        await client.until(0, "GUILD_CREATE")
        await client.socket.close(code=1000)
        session = next(iter(fake.gateway.sessions.values()))
        await fake.until(lambda: session.ended, what="the session's end")
        assert fake.gateway.dispatch("TYPING_START", {}) == 0


async def test_more_frames_than_allowed_end_the_connection() -> None:
    async with fake_discord() as fake, bare(fake) as client:
        for _ in range(121):
            await client.send(1)
        assert await closing(client) == 4008
