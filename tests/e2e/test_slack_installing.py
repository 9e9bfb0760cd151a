"""The program as a user starts it, added to two workspaces over OAuth, killed, started again, and removed from one."""

import asyncio
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.program import PATIENCE, Place
from tests.e2e.slack_program import Bot
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.state import Channel, Workspace
from tests.integration.slack_installing import Browser

LEAVE = {
    "Second": "Full-time employees get 25 days of annual leave.",
    "Third": "Full-time employees get 31 days of leave.",
}
ASKED = "How many days of leave do full-time employees get?"
SECONDS = 5.0
ROLES = ("--only", "http,slack")


async def prepared(folder: Path, slack: FakeSlack) -> tuple[Place, dict[str, tuple[Workspace, Channel]]]:
    """A place without a bot token, and two workspaces that have a document each and not yet the app."""
    app = slack.world.app
    place = Place(
        folder,
        SLACK_CLIENT_ID=app.client_id,
        SLACK_CLIENT_SECRET=app.client_secret,
        SLACK_APP_TOKEN=slack.app_token,
        SLACK_API_URL=slack.api_url,
    )
    app.redirect_urls.add(f"{place.url}/slack/oauth_redirect")
    offices = {}
    for name, text in LEAVE.items():
        workspace = slack.new_workspace(name, installed=False)
        offices[name] = (workspace, slack.new_channel(f"{name}-general", team=workspace.id))
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        scope = f"workspace:slack:{workspace.id}"
        taken = await asyncio.to_thread(place.saseo, "ingest", f"{name}.txt", "--scope", scope)
        assert taken.returncode == 0, taken.stderr
    return place, offices


async def documents(place: Place) -> list[str]:
    """Titles of what the running program knows, beside its own guide."""
    async with httpx.AsyncClient() as client:
        listed: Any = (await client.get(f"{place.url}/api/v1/documents", params={"limit": 200})).json()
    rows = listed["documents"]
    return sorted(row["title"] for row in rows if row["scope"] != "guide")


@pytest.mark.timeout(300)
async def test_the_program_is_added_to_workspaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with FakeSlack() as slack:
        place, offices = await prepared(tmp_path, slack)
        second, channel = offices["Second"]
        async with Bot(place, *ROLES) as bot:
            await bot.connected(slack)
            for workspace, there in offices.values():
                async with Browser(bot=place.url, language="ko") as browser:
                    page = await browser.press(await browser.button(), team=workspace.id)
                assert f"{workspace.name}에 사서가 있어요" in page.text
                slack.ask(ASKED, channel=there)
            await slack.posted("25 days", channel=channel, timeout=PATIENCE)
            await slack.posted("31 days", channel=offices["Third"][1], timeout=PATIENCE)
            assert not any("31 days" in answer.shown for answer in slack.answers(channel))
            assert "slack/install" in bot.logged
            bot.process.kill()
            await bot.process.wait()
        data = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        for workspace, _ in offices.values():
            assert not any(workspace.bot_token.encode() in path.read_bytes() for path in data)
            assert workspace.bot_token not in bot.logged
        assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
        async with Bot(place, *ROLES, number=1) as bot:
            await bot.connected(slack)
            slack.ask(ASKED, channel=channel)
            await slack.posted("25 days", channel=channel, count=2, timeout=PATIENCE)
            looked = "once for each installation, and once more when a start looks whether they still stand"
            assert 2 <= len(slack.called("auth.test")) <= 4, looked
            assert await documents(place) == ["Second.txt", "Third.txt"]
            slack.uninstall(second)
            await slack.outbox.sent[-1].settled()
            bot.process.kill()
            await bot.process.wait()
        async with Bot(place, *ROLES, number=2) as bot:
            await bot.connected(slack)
            started = time.monotonic()
            while await documents(place) != ["Third.txt"]:
                assert time.monotonic() - started < SECONDS
            assert await bot.end() == 0
        assert "Traceback" not in bot.logged
        checked = await asyncio.to_thread(place.saseo, "doctor")
        assert "installed in 1 workspaces" in checked.stdout
        (tmp_path / "data" / "secret.key").unlink()
        lost = await asyncio.to_thread(place.saseo, "doctor")
        assert (lost.returncode, "cannot be opened" in lost.stdout) == (1, True)
        assert "Traceback" not in lost.stdout + lost.stderr
