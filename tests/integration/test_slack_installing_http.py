"""Installed over OAuth and told over HTTP: events are proved by their signature and go to their workspace."""

import asyncio
from contextlib import suppress

from adapters.http.adapter import HttpAdapter
from adapters.http.api import create_app
from adapters.slack.adapter import SlackAdapter
from tests.fakes.patience import PATIENCE
from tests.fakes.slack import FakeSlack
from tests.integration.slack_installing import Browser, permission
from tests.integration.slack_running import QUESTION, knowing, options
from tests.ports import free_port


async def test_an_installed_workspace_is_answered_over_http_and_forgotten_when_it_says_so() -> None:
    core, port = await knowing(), free_port()
    async with FakeSlack() as slack:
        given = options(
            slack,
            bot_token=None,
            app_token=None,
            signing_secret=slack.signing_secret,
            permission=permission(slack, redirect_url=f"http://127.0.0.1:{port}/slack/oauth_redirect"),
        )
        adapter = SlackAdapter(core.saseo, given, clock=lambda: core.now)
        app = create_app(
            core.saseo, version="0", token="t-o-k-e-n", max_file_bytes=1_000_000, open_routes=[adapter.routes()]
        )
        tasks = [asyncio.create_task(role.run()) for role in (adapter, HttpAdapter(app, host="127.0.0.1", port=port))]
        try:
            await asyncio.wait_for(adapter.ready.wait(), PATIENCE)
            url = f"http://127.0.0.1:{port}"
            http = await slack.deliver_over_http(
                events=f"{url}/slack/events", commands=f"{url}/slack/commands", interactions=f"{url}/slack/interactions"
            )
            assert await http.verify()
            second = slack.new_workspace("Second", installed=False)
            async with Browser(bot=url) as browser:
                page = await browser.press(await browser.button(), team=second.id)
            assert page.status_code == 200, page.text
            channel = slack.new_channel("second-general", team=second.id)
            slack.ask(QUESTION, channel=channel)
            answer = await slack.posted("15 days", channel=channel)
            assert (await slack.press(answer, "saseo_feedback").settled()).acknowledged
            told = await slack.command("/ask", QUESTION, channel=channel, user="admin").settled()
            assert "Looking" in str(told.response)
            slack.uninstall(second)
            for delivery in list(slack.outbox.sent)[-2:]:
                assert (await delivery.settled()).acknowledged
            assert await core.store.installations.workspaces("slack") == []
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
