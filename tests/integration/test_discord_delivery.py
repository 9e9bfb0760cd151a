"""How an answer appears in Discord: it grows by edits, and is whole in the end, within Discord's limits."""

import asyncio
import time
from itertools import pairwise

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Unavailable
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.faults import Fault
from tests.integration.discord_answering import (
    ANSWER,
    CALLBACK,
    EDIT,
    ORIGINAL,
    POST,
    QUESTION,
    answering,
    knowing,
    settled,
)
from tests.integration.discord_running import fake_discord

FENCE = "```python\n" + "\n".join(f"print({number}, 'leave')" for number in range(120)) + "\n```"
LONG = "Employees have 15 days of paid leave [1].\n\n" + "\n\n".join(
    [FENCE, *(f"Paragraph {number} about paid leave. " + "Leave is good. " * 20 for number in range(12))]
)


def in_pieces(text: str, size: int = 400) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def ask(discord: FakeDiscord, way: str) -> None:
    if way == "mention":
        discord.mention(QUESTION, user=discord.sam)
    else:
        discord.slash("ask", {"question": QUESTION, "private": way == "private"}, user=discord.sam)


@pytest.mark.parametrize(("way", "route"), [("mention", EDIT), ("ask", ORIGINAL)])
async def test_what_is_written_slowly_grows_by_edits_that_keep_their_distance(way: str, route: str) -> None:
    class Slow(ScriptedModel):
        async def stream(self, messages):  # type: ignore[no-untyped-def]
            async for part in super().stream(messages):
                await asyncio.sleep(0.1)
                yield part

    core = await knowing()
    text = "Employees have 15 days of paid leave [1]. " + "They ask for it in the portal. " * 20
    core.chat = core.chat_with(Slow(*in_pieces(text, 12)))
    async with fake_discord() as discord, answering(discord, core):
        ask(discord, way)
        await discord.posted("Handbook")
        await settled(core)
        # The end comes when the answer is whole, however little time has passed since the sign of growth before it.
        edits = [call for call in discord.called(route) if call.status == 200][:-1]
        assert len(edits) >= 2
        assert all(later.at - earlier.at >= 1.0 for earlier, later in pairwise(edits))
        assert all(later.at >= earlier.at + earlier.took for earlier, later in pairwise(edits)), "never two in flight"
        lengths = [len(call.body["content"]) for call in edits]
        assert lengths == sorted(lengths)
        (answer,) = discord.answers()
        assert answer.content.count("portal") == 20


@pytest.mark.parametrize("way", ["mention", "ask", "private"])
@pytest.mark.parametrize("slow", [True, False])
async def test_a_long_answer_with_code_arrives_whole_in_several_messages(way: str, *, slow: bool) -> None:
    gate = asyncio.Event()
    pieces = in_pieces(LONG)
    core = await knowing(*pieces[:3], *([gate] if slow else []), *pieces[3:])
    async with fake_discord() as discord, answering(discord, core):
        # Five messages in five seconds are waited out by what is written slowly.
        discord.limits.off = not slow
        ask(discord, way)
        await asyncio.sleep(1.5 if slow else 0)
        gate.set()
        await discord.posted("Handbook")
        await settled(core, seconds=20)
        answers = discord.answers()
        assert len(answers) > 2
        assert all(len(answer.content) <= 2000 and answer.content.count("```") % 2 == 0 for answer in answers)
        whole = "\n".join(answer.content for answer in answers)
        assert all(f"print({number}, 'leave')" in whole for number in range(120))
        assert all(f"Paragraph {number} " in whole for number in range(12))
        assert ["Handbook" in answer.content for answer in answers] == [False] * (len(answers) - 1) + [True]
        assert {answer.ephemeral_to for answer in answers} == ({discord.sam.id} if way == "private" else {None})


async def test_nobody_is_called_by_what_a_model_says() -> None:
    core = await knowing("@everyone @here <@100000000000000001> 15 days of paid ", "leave [1] <@&2> @every", "one.")
    async with fake_discord() as discord, answering(discord, core):
        discord.mention(QUESTION)
        answer = await discord.posted("Handbook")
        for call in ("@everyone", "@here", "<@100000000000000001>", "<@&2>"):
            assert call not in answer.content
        (sent,) = [call for call in discord.called(POST) if call.status == 200]
        assert sent.body["allowed_mentions"]["parse"] == []
        assert sent.body["allowed_mentions"]["replied_user"] is False


async def test_a_hundred_commands_at_once_are_seen_at_once_and_answered_in_time() -> None:
    seconds = 2.0

    class Slow(ScriptedModel):
        async def stream(self, messages):  # type: ignore[no-untyped-def]
            await asyncio.sleep(seconds)
            async for part in super().stream(messages):
                yield part

    core = await knowing()
    core.chat = core.chat_with(Slow(*ANSWER))
    async with fake_discord() as discord, answering(discord, core):
        channels = [discord.new_channel(f"c{number}") for number in range(100)]
        began = time.monotonic()
        for channel in channels:
            discord.slash("ask", {"question": QUESTION}, channel=channel, user=discord.sam)
        await discord.call(CALLBACK, count=95)
        signs = time.monotonic() - began
        await discord.posted("Handbook", count=100)
        whole = time.monotonic() - began
        await settled(core)
        assert all(len(discord.answers(channel)) == 1 for channel in channels)
        assert signs < seconds
        assert whole < 3 * seconds


@pytest.mark.parametrize("via", [True, False])
@pytest.mark.parametrize(("way", "route"), [("mention", POST), ("ask", ORIGINAL)])
async def test_too_many_calls_are_waited_out(
    way: str, route: str, *, via: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.answering.DELIVERY_WAITS", (0.5,) * 20)
    core = await knowing()
    async with fake_discord() as discord, answering(discord, core):
        discord.faults.add(Fault(route, times=2, status=429, retry_after=0.5, via=via))
        ask(discord, way)
        await discord.posted("Handbook")
        await settled(core)
        assert len(discord.answers()) == 1


@pytest.mark.parametrize("way", ["mention", "ask"])
async def test_a_failure_ends_in_a_sentence_and_leaves_nothing_that_thinks(way: str) -> None:
    core = await knowing(Unavailable("model.busy"))
    core.store.shelves.resolve = None  # type: ignore[assignment, method-assign]
    async with fake_discord() as discord, answering(discord, core):
        ask(discord, way)
        answer = await discord.posted("reference")
        await settled(core)
        assert discord.answers(loading=True) == [answer]
        assert "Traceback" not in answer.content
