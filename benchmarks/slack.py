"""Slack at its busiest, beside a plain Bolt listener that asks the model and posts once. `python -m benchmarks.slack`.

One fake Slack with its rate limits, one fake model; each side runs in a process of its own. It prints the time from an
event to the first visible sign, the time until everything is answered, calls for each answer, and memory.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.program import Place
from tests.e2e.slack_program import ASKED, prepared
from tests.fakes.openai import FakeOpenAI
from tests.fakes.slack import Channel, FakeSlack

PLAIN = """
import asyncio, os
import httpx
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

async def main():
    client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client)
    model = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=200))

    @app.event("app_mention")
    async def answer(event):
        body = {"model": "fake", "messages": [{"role": "user", "content": event["text"]}]}
        said = (await model.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json=body)).json()
        text = said["choices"][0]["message"]["content"]
        await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text=text)

    @app.event("message")
    async def ignore():
        pass

    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()

asyncio.run(main())
"""
SIGNS = ("assistant.threads.setStatus", "chat.postMessage", "chat.startStream")


async def measured(slack: FakeSlack, pid: int, places: list[Channel]) -> dict[str, Any]:
    """Asks in all of these channels at once and waits for every answer."""
    channels = len(places)
    before, events = len(slack.calls), len(slack.outbox.sent)
    process = psutil.Process(pid)
    used = sum(process.cpu_times()[:2])
    began = slack.clock.now()
    asked = {place.id: slack.clock.now() for place in places if slack.ask(ASKED, channel=place)}
    single = await acknowledged_singly(slack)
    for place in places:
        await slack.posted(channel=place, timeout=120)
    done = sorted(max(one.history[-1].at for one in slack.answers(place)) - began for place in places)
    calls = list(slack.calls)[before:]
    signs: dict[str, float] = {}
    for call in calls:
        channel = str(call.arguments.get("channel_id") or call.arguments.get("channel") or "")
        if call.method in SIGNS and channel in asked:
            signs.setdefault(channel, call.at - asked[channel])
    waits = sorted(signs.values())
    acks = sorted(
        attempt.took or 0.0
        for sent in list(slack.outbox.sent)[events:]
        for attempt in sent.attempts
        if not attempt.failure
    )
    return {
        "answers": channels,
        "seconds": round(done[-1], 2),
        "done_p50_s": round(done[len(done) // 2], 2),
        "first_sign_p50_ms": round(1000 * waits[len(waits) // 2]),
        "first_sign_p95_ms": round(1000 * waits[int(len(waits) * 0.95)]),
        "ack_while_under_way_p99_ms": round(1000 * single[int(len(single) * 0.99)]),
        "ack_p50_ms": round(1000 * acks[len(acks) // 2]),
        "ack_p99_ms": round(1000 * acks[int(len(acks) * 0.99)]),
        "calls_per_answer": round(len(calls) / channels, 2),
        "limited": sum(call.status == 429 for call in calls),
        "cpu_ms_per_answer": round(1000 * (sum(process.cpu_times()[:2]) - used) / channels, 1),
        "memory_mb": round(process.memory_info().rss / 2**20),
    }


async def acknowledged_singly(slack: FakeSlack) -> list[float]:
    """How long single events wait for their acknowledgement while everything else is under way, sorted."""
    took = []
    for _ in range(40):
        said = slack.say("nothing for the bot")
        for delivery in said.deliveries:
            await delivery.settled()
            took.append(delivery.attempts[0].took or 0.0)
        await asyncio.sleep(0.02)
    return sorted(took)


async def at_rest(process: psutil.Process) -> None:
    """Waits until what goes on after a start has ended: half a second in which it computes next to nothing."""
    used = -1.0
    for _ in range(120):
        present = sum(process.cpu_times()[:2])
        if present - used < 0.05:
            return
        used = present
        await asyncio.sleep(0.5)


async def run(command: list[str], place: Place, slack: FakeSlack, *, channels: int) -> dict[str, Any]:
    """One side in a process of its own: warmed with one question, then measured."""
    places = [slack.new_channel(f"c{number}") for number in range(channels)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=place.folder, env=dict(place.environment), stdout=asyncio.subprocess.DEVNULL, stderr=None
    )
    try:
        await slack.socket_mode.connected(timeout=60)
        slack.ask(ASKED)
        await slack.posted(channel=slack.general, timeout=60)
        await at_rest(psutil.Process(process.pid))
        return await measured(slack, process.pid, places)
    finally:
        process.kill()
        await process.wait()


async def compare(*, channels: int, delay: float) -> None:
    """Both sides in turn."""
    commands = {
        "saseo": [sys.executable, "-m", "bot", "run", "--only", "slack"],
        "plain": [sys.executable, "-c", PLAIN],
    }
    figures: dict[str, dict[str, Any]] = {}
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            async with FakeOpenAI(delay=delay) as model, FakeSlack() as slack:
                place = await prepared(Path(folder), slack, model, LOG_LEVEL="WARNING")
                figures[name] = await run(command, place, slack, channels=channels)
        print(name, json.dumps(figures[name]))
    ours, plain = figures["saseo"], figures["plain"]
    for name in ("seconds", "cpu_ms_per_answer", "memory_mb", "calls_per_answer"):
        print(f"{name}: {ours[name] / plain[name]:.2f} times the plain listener")
    print(f"whole time: {ours['seconds'] / delay:.2f} times the model's")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--delay", type=float, default=2.0, help="seconds that the model takes")
    chosen = parser.parse_args()
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    asyncio.run(compare(channels=chosen.channels, delay=chosen.delay))


if __name__ == "__main__":
    main()
