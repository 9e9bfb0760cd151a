"""The app is installed over OAuth: by the person who began, in their browser, once, and within its time."""

from datetime import timedelta

import httpx
import pytest

from adapters.slack.adapter import SlackAdapter
from adapters.slack.webpages import page, preferred
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.integration.slack_installing import Browser, opened, permission, sentence, served, state_of
from tests.integration.slack_running import QUESTION, knowing, options


async def test_an_installed_workspace_is_answered_in_and_its_token_is_looked_at_once() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        second = await office.install()
        channel = slack.new_channel("second-general", team=second.id)
        for number in range(3):
            slack.ask(QUESTION, channel=channel)
            await slack.posted("15 days", channel=channel, count=number + 1)
        assert len(slack.called("auth.test")) == 1
        kept = await core.store.installations.find("slack", second.id)
        assert kept is not None
        assert (kept.token, kept.about["team"]) == (second.bot_token, "Second")
        assert kept.about["user"] == second.bot_user.id
        assert second.bot_token not in repr(kept)


async def test_the_page_asks_for_the_scopes_of_the_manifest_and_may_not_be_framed_or_kept() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        shown = await browser.client.get("http://localhost/slack/install")
        link = httpx.URL(await browser.button())
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"
    assert link.params["client_id"] == slack.world.app.client_id
    assert {"chat:write", "app_mentions:read", "users:read"} <= set(link.params["scope"].split(","))
    assert str(link).startswith(f"{slack.base_url}/oauth/v2/authorize?")


async def test_the_cookie_is_for_this_browser_and_over_tls_alone_where_it_comes_from_elsewhere() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        async with office.browser() as browser:
            here = (await browser.client.get("http://localhost/slack/install")).headers["set-cookie"]
            again = (await browser.client.get("http://localhost/slack/install")).headers["set-cookie"]
        async with office.browser(bot="https://saseo.example.com") as browser:
            far = (await browser.client.get("https://saseo.example.com/slack/install")).headers["set-cookie"]
    for cookie in (here, far):
        assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/slack", "Max-Age=600"))
    assert ("Secure" in here, "Secure" in far) == (False, True)
    assert here == again, "two open pages belong to one browser"


@pytest.mark.parametrize(
    ("language", "words"), [("en-US,en;q=0.9", "nothing was changed"), ("ko-KR,ko;q=0.9,en;q=0.8", "바뀐 것은 없어요")]
)
async def test_who_does_not_agree_is_told_that_nothing_happened(language: str, words: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser(language=language) as browser:
        back = await browser.press(await browser.button(), deny="1")
        assert (back.status_code, words in sentence(back)) == (200, True)
        assert await core.store.installations.workspaces("slack") == []


@pytest.mark.parametrize("code", ["", "code-of-nobody"])
async def test_a_state_is_of_use_once_however_that_ends(code: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        waiting = slack.new_workspace("Second", installed=False)
        link = await browser.button()
        cookie = next(iter(browser.client.cookies.jar))
        code = code or slack.grant(waiting.id, "chat:write", "http://localhost/slack/oauth_redirect")
        await browser.come_back(state=state_of(link), code=code)
        browser.client.cookies.jar.set_cookie(cookie)
        again = await browser.press(link, team=slack.new_workspace("Third", installed=False).id)
        assert (again.status_code, "done before" in sentence(again)) == (400, True)
        assert await core.store.installations.workspaces("slack") == ([waiting.id] if waiting.installed else [])


@pytest.mark.parametrize("state", ["", "made-up", "a" * 3000, "한글", "%00"])
async def test_a_state_that_was_not_made_here_is_refused(state: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        await browser.button()
        code = slack.grant("", "chat:write", "http://localhost/slack/oauth_redirect")
        back = await browser.come_back(state=state, code=code)
        assert (back.status_code, "not made by Saseo" in sentence(back)) == (400, True)
        assert slack.called("oauth.v2.access") == []


async def test_something_else_that_was_sealed_here_is_no_state() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        await browser.button()
        back = await browser.come_back(state=core.seal.close('{"token": "xoxb-1"}'), code="code-1")
        assert "not made by Saseo" in sentence(back)


async def test_a_state_expires() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        link = await browser.button()
        core.now += timedelta(minutes=11)
        back = await browser.press(link)
        assert (back.status_code, "ten minutes" in sentence(back)) == (400, True)
        assert await core.store.installations.workspaces("slack") == []


async def test_a_state_belongs_to_the_browser_that_began() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        async with office.browser() as mine:
            link = await mine.button()
        async with office.browser() as theirs:
            without = await theirs.press(link)
            await theirs.button()
            other = await theirs.press(link)
        for back in (without, other):
            assert (back.status_code, "another browser" in sentence(back)) == (400, True)
        assert await core.store.installations.workspaces("slack") == []


async def test_without_a_code_nothing_is_asked_of_slack() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        back = await browser.come_back(state=state_of(await browser.button()))
        assert back.status_code == 400
        assert slack.called("oauth.v2.access") == []


async def test_a_whole_organisation_is_refused_and_its_token_given_back() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        slack.world.app.for_organisations = True
        back = await browser.press(await browser.button())
        assert (back.status_code, "whole organisation" in sentence(back)) == (403, True)
        assert len(slack.called("auth.revoke")) == 1
        assert await core.store.installations.workspaces("slack") == []


async def test_only_allowed_workspaces_are_let_in() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        waiting = slack.new_workspace("Waiting", installed=False)
        allowed = permission(slack, workspaces=frozenset({"T000000099"}))
        async with opened(slack, core, permission=allowed) as office, office.browser() as browser:
            back = await browser.press(await browser.button(), team=waiting.id)
        assert (back.status_code, "Waiting" in sentence(back)) == (403, True)
        assert not waiting.installed


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Fault("oauth.v2.access", error="bad_client_secret"), 400, "bad_client_secret"),
        (Fault("oauth.v2.access", times=9, status=503), 502, "cannot be reached"),
        (Fault("auth.test", error="account_inactive"), 400, "account_inactive"),
    ],
)
async def test_trouble_with_slack_is_told_in_a_sentence(fault: Fault, status: int, words: str) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office, office.browser() as browser:
        slack.faults.scripted.append(fault)
        back = await browser.press(await browser.button())
        assert (back.status_code, words in sentence(back)) == (status, True)
        assert await core.store.installations.workspaces("slack") == []


async def test_before_it_runs_people_are_asked_to_come_again() -> None:
    core = Core()
    async with FakeSlack() as slack:
        adapter = SlackAdapter(core.saseo, options(slack, bot_token=None, permission=permission(slack)))
        async with Browser(served(core, adapter)) as browser:
            for path in ("install", "oauth_redirect"):
                assert (await browser.client.get(f"http://localhost/slack/{path}")).status_code == 503
            assert (await browser.client.post("http://localhost/slack/events")).status_code == 401, "no such door"


def test_what_comes_from_elsewhere_is_no_html() -> None:
    shown = page("install.done", "en", link='"><script>', button="install.open", team="<b>Us</b>")
    assert "<script>" not in shown
    assert "<b>" not in shown


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en;q=0.5,ko", "ko"),
        ("en,ko;q=0.5", "en"),
        ("fr,de", "en"),
        ("ko;q=x", "en"),
    ],
)
def test_pages_follow_the_languages_that_a_browser_accepts(accepted: str, language: str) -> None:
    assert preferred(accepted) == language
