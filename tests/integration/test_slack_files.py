"""Files of Slack: the token goes to Slack alone, and every odd reply is told as what it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.sharing import Item
from adapters.slack.api import Api
from adapters.slack.app_client import AppClient
from adapters.slack.files import Files
from core.errors import Refused, SaseoError, Unavailable
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault

LIMIT = 1000
LOGIN = "<!DOCTYPE html><title>Sign in | Slack</title><form id='signin_form'></form>"


async def body(request: web.Request) -> web.Response:
    """Whatever the path asks for; each request's token is noted."""
    request.app[TOKENS].append(request.headers.get("Authorization", ""))
    name = request.match_info["name"]
    if name.isdecimal():
        return web.Response(status=int(name))
    if name == "moved":
        return web.Response(status=302, headers={"Location": "/files/text"})
    if name == "away":
        return web.Response(status=302, headers={"Location": "https://evil.example/x"})
    if name == "round":
        return web.Response(status=302, headers={"Location": "/files/round"})
    if name == "large":
        return web.Response(body=b"x" * (LIMIT + 1))
    if name == "login":
        return web.Response(text=LOGIN, content_type="text/html")
    return web.Response(text="Leave is 15 days.")


TOKENS = web.AppKey("tokens", list[str])


@asynccontextmanager
async def files(slack: FakeSlack) -> AsyncIterator[tuple[Files, str, list[str]]]:
    """What fetches, the address of a server that stands for Slack's, and the tokens that it saw."""
    app = web.Application()
    app[TOKENS] = []
    app.add_routes([web.get("/files/{name}", body)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host = f"127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession() as session:
        client = AppClient(token=slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        yield Files(Api(client), session, lambda: "xoxb-secret", LIMIT, host), f"http://{host}/files", app[TOKENS]
    await runner.cleanup()


def item(url: str, **more: Any) -> Item:
    return Item("file", "F1", "a.txt", {"mode": "hosted", "url_private_download": url, **more})


async def code(path: str, **more: Any) -> tuple[type[SaseoError], str]:
    """What is refused, and how."""
    async with FakeSlack() as slack, files(slack) as (whole, root, _):
        with pytest.raises(SaseoError) as caught:
            await whole.fetch(item(f"{root}/{path}", **more))
    return type(caught.value), caught.value.code


async def test_a_file_is_fetched_with_the_token_also_where_it_has_moved() -> None:
    async with FakeSlack() as slack, files(slack) as (whole, root, tokens):
        for path in ("text", "moved"):
            assert (await whole.fetch(item(f"{root}/{path}"))).data == b"Leave is 15 days."
        assert set(tokens) == {"Bearer xoxb-secret"}


@pytest.mark.parametrize(
    ("path", "error", "word"),
    [
        ("404", Refused, "knowledge.gone"),
        ("410", Refused, "knowledge.gone"),
        ("403", Refused, "slack_files.scope"),
        ("418", Refused, "slack_files.download"),
        ("429", Unavailable, "slack_files.download"),
        ("503", Unavailable, "slack_files.download"),
        ("round", Refused, "slack_files.scope"),
        ("away", Refused, "slack_files.foreign"),
        ("large", Refused, "read.too_large"),
        ("login", Refused, "slack_files.scope"),
    ],
)
async def test_every_odd_reply_is_told_as_what_it_is(path: str, error: type[SaseoError], word: str) -> None:
    assert await code(path) == (error, word)


async def test_a_page_of_ones_own_is_told_from_the_login_page_by_its_size() -> None:
    own = {"mimetype": "text/html", "size": len(LOGIN)}
    async with FakeSlack() as slack, files(slack) as (whole, root, _):
        assert (await whole.fetch(item(f"{root}/login", **own))).media_type == "text/html"
    assert await code("login", mimetype="text/html", size=5) == (Refused, "slack_files.scope")


async def test_what_is_too_large_is_not_even_fetched() -> None:
    assert await code("text", size=LIMIT + 1) == (Refused, "read.too_large")


@pytest.mark.parametrize(
    "url",
    [
        "http://files.slack.com/a",
        "https://files.slack.com.evil.example/a",
        "https://slack.com:444/a",
        "https://evil.example/",
    ],
)
async def test_the_token_goes_nowhere_else(url: str) -> None:
    async with FakeSlack() as slack, files(slack) as (whole, _, _):
        with pytest.raises(Refused) as caught:
            await whole.fetch(item(url))
    assert caught.value.code == "slack_files.foreign"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("file_not_found", "knowledge.gone"),
        ("file_deleted", "knowledge.gone"),
        ("missing_scope", "slack_files.scope"),
        ("access_denied", "slack_files.refused"),
    ],
)
async def test_a_file_that_is_looked_up_in_vain(error: str, word: str) -> None:
    async with FakeSlack() as slack, files(slack) as (whole, _, _):
        slack.faults.scripted.append(Fault("files.info", error=error))
        with pytest.raises(SaseoError) as caught:
            await whole.fetch(Item("file", "F1", "F1", {"mode": "file_access", "file_access": "check_file_info"}))
    assert caught.value.code == word


async def test_a_file_that_is_looked_up_may_be_anything() -> None:
    async with FakeSlack() as slack, files(slack) as (whole, _, _):
        channel = slack.general

        def shared(name: str, **more: Any) -> Item:
            file = slack.new_file(slack.team, slack.sam, name, "x", **more)
            file.channels.append(channel.id)
            return Item("file", file.id, file.id)

        words: list[str] = []
        for one in (
            shared("gone.txt", mode="tombstone"),
            shared("plan", mode="external", external_url="https://docs.example.com/plan"),
            shared("old.txt", mode="hidden_by_limit"),
        ):
            with pytest.raises(Refused) as caught:
                await whole.fetch(one)
            words.append(caught.value.code)
        assert words == ["knowledge.gone", "slack_files.elsewhere", "slack_files.hidden"]
        slack.faults.scripted.append(Fault("files.info", times=9, drop="before"))
        with pytest.raises(Unavailable):
            await whole.fetch(Item("file", "F1", "F1"))
        with pytest.raises(Refused) as caught:
            await whole.fetch(Item("file", "F1", "list", {"mode": "list"}))
        assert caught.value.code == "slack_files.no_content"
