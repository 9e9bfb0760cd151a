"""Discord at its busiest, beside a plain discord.py bot that asks the model and edits once a second.

`python -m benchmarks.discord`. One fake Discord with its rate limits, one fake model; each side runs in a process of
its own. It prints the time from a command to the first visible sign, the time until everything is answered, edits and
their distances, processor time and memory; then how long acknowledgements take while a large PDF is read.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.discord_program import ASKED, prepared
from tests.e2e.program import Place
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord.state import Channel, Interaction
from tests.fakes.openai import FakeOpenAI
from tests.unit.pdfs import lines, pdf

PLAIN = """
import json, os, time
import aiohttp, discord, yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

Route.BASE = os.environ["DISCORD_API_URL"]
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])

class Bot(discord.Client):
    async def setup_hook(self):
        self.model = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))
        await tree.sync()

bot = Bot(intents=discord.Intents(guilds=True, guild_messages=True))
tree = app_commands.CommandTree(bot)

@tree.command(description="Ask")
async def ask(interaction: discord.Interaction, question: str):
    await interaction.response.defer()
    body = {"model": "fake", "stream": True, "messages": [{"role": "user", "content": question}]}
    text, edited = "", time.monotonic()
    async with bot.model.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json=body) as response:
        async for line in response.content:
            if not line.startswith(b"data: {"):
                continue
            choices = json.loads(line[6:])["choices"]
            text += (choices[0]["delta"].get("content") or "") if choices else ""
            if text and time.monotonic() - edited >= 1:
                edited = time.monotonic()
                await interaction.edit_original_response(content=text)
    await interaction.edit_original_response(content=text + " leave.txt")

bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""
EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"
PAGES = 300


def share(values: list[float], part: float) -> float:
    """In milliseconds, what this part of the values does not exceed."""
    return round(1000 * sorted(values)[min(int(len(values) * part), len(values) - 1)], 1)


def waits(asked: list[Interaction]) -> list[float]:
    """How long people waited for the first sign."""
    return [(one.acknowledged_at or float("inf")) - one.created_at for one in asked]


async def measured(discord: FakeDiscord, pid: int, places: list[Channel]) -> dict[str, Any]:
    """Asks in all of these channels at once and waits for every answer."""
    before = len(discord.calls)
    process = psutil.Process(pid)
    used, memory = sum(process.cpu_times()[:2]), process.memory_info().rss
    began = discord.clock.now()
    asked = [discord.slash("ask", {"question": ASKED}, channel=place, user=discord.sam) for place in places]
    most = len(discord.answers()) + len(places)
    await discord.posted("leave.txt", count=most, timeout=180)
    whole = discord.clock.now() - began
    calls = list(discord.calls)[before:]
    edits = [[call for call in calls if call.route == EDIT and one.token in call.path.values()] for one in asked]
    gaps = [later.at - earlier.at for some in edits for earlier, later in pairwise(some)]
    # The last edit of an answer is its end, which does not wait.
    growth = [later.at - earlier.at for some in edits for earlier, later in pairwise(some[:-1])]
    return {
        "answers": len(places),
        "seconds": round(whole, 2),
        "first_sign_p50_ms": share(waits(asked), 0.5),
        "first_sign_p95_ms": share(waits(asked), 0.95),
        "first_sign_p99_ms": share(waits(asked), 0.99),
        "edits_per_answer": round(sum(map(len, edits)) / len(places), 2),
        "least_gap_of_growth_ms": share(growth, 0) if growth else None,
        "most_edits_a_second_of_an_answer": round(1 / min(growth), 2) if growth else None,
        "median_gap_ms": share(gaps, 0.5) if gaps else None,
        "limited": sum(call.status == 429 for call in calls),
        "cpu_ms_per_answer": round(1000 * (sum(process.cpu_times()[:2]) - used) / len(places), 1),
        "memory_mb": round(process.memory_info().rss / 2**20),
        "grown_kb_per_answer": round((process.memory_info().rss - memory) / 2**10 / len(places), 1),
    }


async def while_reading(discord: FakeDiscord, places: list[Channel]) -> dict[str, Any]:
    """How long acknowledgements take with fifty questions in progress and a large PDF being read."""
    page = lines(*(f"Line {number} of a long handbook about annual leave and travel." for number in range(40)))
    document = pdf([page] * PAGES)
    asked = [discord.slash("ask", {"question": ASKED}, channel=place, user=discord.sam) for place in places[:50]]
    adding = discord.slash("add", {"file": ("handbook.pdf", document)}, user=discord.sam)
    await adding.settled()
    single, typed = [], []
    for number in range(150):
        place = places[number % len(places)]
        single.append(discord.slash("ask", {"question": ASKED}, channel=place, user=discord.sam))
        typed.append(discord.autocomplete("forget", "document", "lea", channel=place, user=discord.sam))
        await asyncio.gather(single[-1].settled(), typed[-1].settled())
        await asyncio.sleep(0.02)
    single.append(adding)
    read = any("handbook" in one.content for one in discord.answers())
    return {
        "acknowledged": len(asked) + len(single),
        "ack_p50_ms": share(waits([*asked, *single]), 0.5),
        "ack_p99_ms": share(waits([*asked, *single]), 0.99),
        "ack_most_ms": share(waits([*asked, *single]), 1.0),
        "proposals_p99_ms": share(waits(typed), 0.99),
        "pdf_was_read_meanwhile": read,
    }


async def run(command: list[str], place: Place, discord: FakeDiscord, *, channels: int) -> list[dict[str, Any]]:
    """One side in a process of its own: warmed with one question, then measured."""
    places = [discord.new_channel(f"c{number}") for number in range(channels)]
    process = await asyncio.create_subprocess_exec(*command, cwd=place.folder, env=dict(place.environment))
    try:
        await discord.until(lambda: bool(discord.world.commands), what="commands", timeout=60)
        await discord.gateway.ready(timeout=60)
        await asyncio.sleep(5)
        discord.slash("ask", {"question": ASKED}, user=discord.sam)
        await discord.posted("leave.txt", timeout=60)
        found = [await measured(discord, process.pid, places)]
        if any(one["name"] == "add" for one in discord.world.commands.values()):
            found.append(await while_reading(discord, places))
        return found
    finally:
        process.kill()
        await process.wait()


async def compare(*, channels: int, delay: float, pause: float) -> None:
    """Both sides in turn."""
    commands = {
        "saseo": [sys.executable, "-m", "bot", "run", "--only", "discord"],
        "plain": [sys.executable, "-c", PLAIN],
    }
    figures: dict[str, list[dict[str, Any]]] = {}
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            async with FakeOpenAI(delay=delay, pause=pause) as model, FakeDiscord(validate=False) as discord:
                place = await prepared(Path(folder), discord, model, LOG_LEVEL="WARNING")
                figures[name] = await run(command, place, discord, channels=channels)
        for one in figures[name]:
            print(name, json.dumps(one))
    ours, plain = figures["saseo"][0], figures["plain"][0]
    for name in ("seconds", "first_sign_p95_ms", "cpu_ms_per_answer", "memory_mb", "edits_per_answer"):
        print(f"{name}: {ours[name] / plain[name]:.2f} times the plain bot")
    print(f"whole time: {ours['seconds'] / delay:.2f} times the model's {delay:g} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--delay", type=float, default=2.0, help="seconds until the model begins")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between its pieces")
    chosen = parser.parse_args()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    asyncio.run(compare(channels=chosen.channels, delay=chosen.delay, pause=chosen.pause))


if __name__ == "__main__":
    main()
