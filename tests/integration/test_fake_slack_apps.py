"""The fake Slack is as strict as Slack: files, views, installations."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack import FakeSlack
from tests.integration.slack_clients import error, listening, web_client

MODAL: dict[str, Any] = {"type": "modal", "title": {"type": "plain_text", "text": "Form"}, "blocks": []}
OLD_AUTHENTICATION = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
"""The SDK sends the client's secret in a way that aiohttp is about to give up."""
HOME: dict[str, Any] = {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        yield slack


@pytest.fixture
def client(slack: FakeSlack) -> AsyncWebClient:
    return web_client(slack)


async def download(slack: FakeSlack, url: str, token: str | None = None) -> tuple[int, str, bytes]:
    """Status, type and body of a file."""
    headers = {"Authorization": f"Bearer {slack.bot_token if token is None else token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as response:
        return response.status, response.content_type, await response.read()


async def test_a_shared_file_comes_with_its_message_and_by_its_id(slack: FakeSlack, client: AsyncWebClient) -> None:
    async with listening(slack) as listener:
        slack.upload("휴가 규정?.pdf", b"%PDF-1.7", text="our handbook")
        await listener.receives(2)
    shared = next(one for one in listener.events if one["type"] == "file_shared")
    message = next(one for one in listener.events if one.get("subtype") == "file_share")
    file = message["files"][0]
    assert shared["file_id"] == file["id"]
    assert (await client.files_info(file=file["id"]))["file"] == file
    assert await download(slack, file["url_private_download"]) == (200, "application/pdf", b"%PDF-1.7")


async def test_who_may_not_see_a_file_gets_a_login_page_with_status_200(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    file = slack.team.files[slack.upload("a.txt", "secret").files[0]]
    url = (await client.files_info(file=file.id))["file"]["url_private_download"]
    status, media_type, body = await download(slack, url, "xoxb-wrong")
    assert (status, media_type, b"secret" in body) == (200, "text/html", False)
    slack.team.scopes -= {"files:read"}
    assert (await download(slack, url))[:2] == (200, "text/html")


async def test_a_file_from_another_company_is_a_stub_until_it_is_asked_for(
    slack: FakeSlack, client: AsyncWebClient
) -> None:
    partner = slack.new_user("partner", team_id="T0PARTNER")
    shared = slack.new_channel("shared", connected_teams=["T0PARTNER"])
    async with listening(slack) as listener:
        slack.upload("offer.txt", "an offer", channel=shared, user=partner)
        await listener.receives(2)
    stub = next(one for one in listener.events if "files" in one)["files"][0]
    assert (stub["file_access"], "url_private" in stub) == ("check_file_info", False)
    whole = (await client.files_info(file=stub["id"]))["file"]
    assert (await download(slack, whole["url_private"]))[2] == b"an offer"


async def test_a_deleted_file_leaves_a_tombstone(slack: FakeSlack, client: AsyncWebClient) -> None:
    async with listening(slack) as listener:
        message = slack.upload("a.txt", "x")
        await listener.receives(2)
        slack.delete_file(message.files[0])
        await listener.receives(4)
    assert sorted(one["type"] for one in listener.events[2:]) == ["file_deleted", "message"]
    changed = next(one for one in listener.events if one.get("subtype") == "message_changed")
    assert changed["message"]["files"] == [{"id": message.files[0], "mode": "tombstone"}]
    assert await error(client.files_info(file=message.files[0])) == "file_deleted"


async def test_a_file_in_a_channel_without_the_app_is_not_found(slack: FakeSlack, client: AsyncWebClient) -> None:
    outside = slack.new_channel("outside", bot=False)
    assert await error(client.files_info(file=slack.upload("a.txt", "x", channel=outside).files[0])) == "file_not_found"


async def test_a_modal_opens_within_three_seconds_of_a_click_and_once(slack: FakeSlack, client: AsyncWebClient) -> None:
    async with listening(slack):
        first, second = slack.shortcut("add"), slack.shortcut("add")
    trigger = first.payload["trigger_id"]
    await client.views_open(trigger_id=trigger, view=MODAL)
    assert await error(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
    slack.clock.advance(4)
    late = client.views_open(trigger_id=second.payload["trigger_id"], view=MODAL)
    assert await error(late) == "expired_trigger_id"
    assert await error(client.views_open(trigger_id="1.2.3", view=MODAL)) == "invalid_trigger_id"


@pytest.mark.parametrize(
    "view",
    [
        {"type": "home"},
        HOME | {"blocks": [{"type": "divider"}] * 101},
        HOME | {"private_metadata": "x" * 3001},
        MODAL,
    ],
)
async def test_a_home_tab_has_to_be_one(slack: FakeSlack, client: AsyncWebClient, view: dict[str, Any]) -> None:
    assert await error(client.views_publish(user_id=slack.mina.id, view=view)) == "invalid_arguments"


async def test_a_modal_has_a_short_title_and_a_way_to_send_its_input(slack: FakeSlack, client: AsyncWebClient) -> None:
    field = {
        "type": "input",
        "label": {"type": "plain_text", "text": "Title"},
        "element": {"type": "plain_text_input", "action_id": "a"},
    }
    async with listening(slack):
        trigger = slack.shortcut("add").payload["trigger_id"]
    for change in ({"title": {"type": "plain_text", "text": "x" * 25}}, {"blocks": [field]}):
        assert await error(client.views_open(trigger_id=trigger, view=MODAL | change)) == "invalid_arguments"


async def test_a_home_tab_is_republished_only_over_what_was_read(slack: FakeSlack, client: AsyncWebClient) -> None:
    first = (await client.views_publish(user_id=slack.mina.id, view=HOME))["view"]
    await client.views_publish(user_id=slack.mina.id, view=HOME, hash=first["hash"])
    stale = client.views_publish(user_id=slack.mina.id, view=HOME, hash=first["hash"])
    assert await error(stale) == "hash_conflict"


async def authorize(slack: FakeSlack, **query: str) -> str:
    """Where a person who added the app is sent."""
    url = f"{slack.base_url}/oauth/v2/authorize"
    asked = {"client_id": slack.world.app.client_id, "scope": "chat:write,users:read", "state": "s"} | query
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, params=asked, allow_redirects=False) as response,
    ):
        return response.headers.get("Location", f"{response.status}")


@OLD_AUTHENTICATION
async def test_an_installation_gives_a_token_with_the_scopes_that_were_asked_for(slack: FakeSlack) -> None:
    waiting = slack.new_workspace("Second", installed=False)
    place = await authorize(slack, redirect_uri="http://127.0.0.1:1/back")
    assert place.startswith("http://127.0.0.1:1/back?state=s&code=")
    app, anonymous = slack.world.app, web_client(slack, "")
    exchange = {"client_id": app.client_id, "client_secret": app.client_secret, "code": place.partition("code=")[2]}
    wrong = anonymous.oauth_v2_access(**exchange | {"client_secret": "x"}, redirect_uri="http://127.0.0.1:1/back")
    assert await error(wrong) == "bad_client_secret"
    assert await error(anonymous.oauth_v2_access(**exchange, redirect_uri="http://other/")) == "bad_redirect_uri"
    installed = await anonymous.oauth_v2_access(**exchange, redirect_uri="http://127.0.0.1:1/back")
    assert (installed["team"]["id"], installed["scope"]) == (waiting.id, "chat:write,users:read")
    me = await web_client(slack, installed["access_token"]).auth_test()
    assert me["user_id"] == installed["bot_user_id"] == waiting.bot_user.id
    again = anonymous.oauth_v2_access(**exchange, redirect_uri="http://127.0.0.1:1/back")
    assert await error(again) == "code_already_used"


@OLD_AUTHENTICATION
async def test_a_code_is_good_for_ten_minutes(slack: FakeSlack) -> None:
    place = await authorize(slack, redirect_uri="http://127.0.0.1:1/back")
    slack.clock.advance(601)
    call = web_client(slack, "").oauth_v2_access(
        client_id=slack.world.app.client_id,
        client_secret=slack.world.app.client_secret,
        code=place.partition("code=")[2],
        redirect_uri="http://127.0.0.1:1/back",
    )
    assert await error(call) == "invalid_code"


async def test_a_person_may_say_no_and_a_stranger_gets_nothing(slack: FakeSlack) -> None:
    assert (await authorize(slack, redirect_uri="http://127.0.0.1:1/", deny="1")).endswith("error=access_denied")
    assert await authorize(slack, redirect_uri="http://127.0.0.1:1/", client_id="other") == "400"
    slack.world.app.redirect_urls = {"https://bot.example.com/"}
    assert await authorize(slack, redirect_uri="http://127.0.0.1:1/") == "400"


async def test_an_uninstalled_app_is_told_and_its_token_is_dead(slack: FakeSlack, client: AsyncWebClient) -> None:
    app = slack.world.app
    async with listening(slack) as listener:
        await client.apps_uninstall(client_id=app.client_id, client_secret=app.client_secret)
        await listener.receives(2)
    assert [one["type"] for one in listener.events] == ["tokens_revoked", "app_uninstalled"]
    assert await error(client.auth_test()) == "account_inactive"
    assert slack.ask("hello?").deliveries == []
