"""People sign in to the console in a real browser, beside the program as a process and both platforms."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.program import Place, Running
from tests.e2e.test_console import CHROMIUM, opened
from tests.fakes.discord import FakeDiscord
from tests.fakes.slack import FakeSlack

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def people(folder: Path, slack: FakeSlack, discord: FakeDiscord) -> Place:
    """A place where people sign in with both platforms, or with the token."""
    place = Place(
        folder,
        **slack.environment,
        **discord.environment,
        API_TOKEN="secret",
        CONSOLE_SIGN_IN="slack,discord",
        CONSOLE_EDITORS=f"slack:{slack.team.id}:{slack.sam.id}",
        SLACK_CLIENT_ID=slack.world.app.client_id,
        SLACK_CLIENT_SECRET=slack.world.app.client_secret,
        DISCORD_CLIENT_ID=discord.world.application_id,
        DISCORD_CLIENT_SECRET=discord.oauth.client_secret,
    )
    back = f"{place.url}/console/sign-in"
    slack.world.app.redirect_urls = {f"{back}/slack/back"}
    discord.oauth.redirect_urls = {f"{back}/discord/back"}
    return place


async def test_people_sign_in_with_their_platform_and_see_what_is_theirs_and_strangers_nothing(tmp_path: Path) -> None:
    async with FakeSlack() as slack, FakeDiscord() as discord:
        place = people(tmp_path, slack, discord)
        with Running(place, "--only", "http") as program:
            await asyncio.to_thread(program.healthy)
            async with opened(place) as page:
                await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
                slack.visitor = slack.mina
                await page.get_by_role("link", name="Sign in with Slack").click()
                await expect(page.locator("#question")).to_be_focused()
                await expect(page.locator("header")).to_contain_text("mina")
                await expect(page.locator("#files")).to_have_count(0)
                await expect(page.get_by_role("link", name="Audit")).to_have_count(0)
                await page.get_by_role("button", name="Sign out").click()
                slack.visitor = slack.sam
                await page.get_by_role("link", name="Sign in with Slack").click()
                await expect(page.locator("#from")).to_have_value(f"workspace:slack:{slack.team.id}")
                file = {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"The plan is to launch in May."}
                await page.locator("#files").set_input_files(file)  # type: ignore[arg-type]
                await expect(page.locator("#tray li")).to_contain_text("known: 1 passage")
                await page.get_by_role("button", name="Sign out").click()
                discord.visitor = discord.world.owner
                await page.get_by_role("link", name="Sign in with Discord").click()
                await page.get_by_role("link", name="Audit").click()
                await expect(page.locator("main")).not_to_contain_text("slack:")
                await page.get_by_role("button", name="Sign out").click()
                await page.get_by_label("API token").fill("secret")
                await page.keyboard.press("Enter")
                await page.get_by_role("link", name="Audit").click()
                await expect(page.locator("main")).to_contain_text(f"slack:{slack.team.id}:{slack.sam.id}")
                await expect(page.get_by_role("link", name="plan")).to_be_visible()
                assert page.context.browser is not None
                stranger = await page.context.browser.new_page(locale="ko-KR")
                discord.visitor = discord.world.new_user("stranger")
                await stranger.goto(f"{place.url}/console/documents")
                await stranger.get_by_role("link", name="Discord로 로그인").click()
                await expect(stranger.get_by_role("alert")).to_contain_text("찾을 수 없는 사람")
