"""Signing in to the console with Slack: who is let in, as what, and that nothing but Slack's own word counts."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from adapters.http.console import arriving
from adapters.http.console.house import House
from adapters.slack import identity
from core.backends.memory_world import ScriptedModel
from core.errors import Refused, Unavailable
from core.installations import Installation
from core.people import Roster
from core.types import Scope
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.integration.http_asking import client_of
from tests.integration.signing_in import BOT, refusal, slack_way, visitor


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as slack:
        slack.visitor = slack.mina
        yield slack


@pytest.fixture
def core() -> Core:
    return Core(model=ScriptedModel("It is so [1]."))


async def test_a_member_reads_what_their_workspace_knows(slack: FakeSlack, core: Core) -> None:
    for scope in ("public", f"workspace:slack:{slack.team.id}", f"channel:slack:{slack.team.id}:C9"):
        await core.library.add_text(f"Title of {scope}", title=scope, scope=Scope(scope))
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        entered = await guest.sign_in("slack")
        assert (entered.status_code, "Welcome, mina" in entered.text) == (200, True)
        shown = (await guest.get("/documents")).text
        assert "public" in shown
        assert f">workspace:slack:{slack.team.id}<" in shown
        assert "channel:slack" not in shown
        assert (await guest.get("/audit")).status_code == 403
        assert (await guest.get("/health")).status_code == 403
        assert "/console/audit" not in shown
    (noted,) = await core.audit.page()
    assert (noted.deed.who, noted.deed.what) == (f"slack:{slack.team.id}:{slack.mina.id}", "visit.begun")


@pytest.mark.parametrize("right", ["is_admin", "is_owner"])
async def test_whoever_governs_a_workspace_administers_what_belongs_to_it(
    slack: FakeSlack, core: Core, right: str
) -> None:
    setattr(slack.mina, right, True)
    team = f"slack:{slack.team.id}"
    for scope in ("public", f"channel:{team}:C9", f"dm:{team}:D9", "channel:slack:T9:C9"):
        await core.library.add_text(f"Title of {scope}", title=scope, scope=Scope(scope))
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        await guest.sign_in("slack")
        shown = (await guest.get("/documents")).text
        assert f">channel:{team}:C9<" in shown
        assert "dm:slack" not in shown
        assert "slack:T9" not in shown
        assert (await guest.get("/audit")).status_code == 200
        assert (await guest.get("/health")).status_code == 403


async def test_people_whom_the_settings_name_have_that_role(slack: FakeSlack, core: Core) -> None:
    name = f"slack:{slack.team.id}:{slack.mina.id}"
    for roster, opened in ((Roster(frozenset({name})), 200), (Roster(editors=frozenset({name})), 403)):
        async with visitor(core, roster=roster, slack=slack_way(slack, core)) as guest:
            await guest.sign_in("slack")
            assert (await guest.get("/health")).status_code == opened
            added = await guest.post("/documents/upload", files={"file": ("a.txt", b"Known.")})
            assert added.json()["title"] == "a.txt"


async def test_guests_read_what_is_public_and_nothing_else(slack: FakeSlack, core: Core) -> None:
    for name in ("is_restricted", "is_ultra_restricted"):
        setattr(slack.mina, name, True)
        slack.mina.is_admin = True
        await core.library.add_text("inside", title="inside", scope=Scope(f"workspace:slack:{slack.team.id}"))
        async with visitor(core, slack=slack_way(slack, core)) as guest:
            assert (await guest.sign_in("slack")).status_code == 200
            assert "inside" not in (await guest.get("/documents")).text
            assert (await guest.get("/audit")).status_code == 403
        setattr(slack.mina, name, False)


async def test_members_of_every_workspace_with_the_app_are_let_in(slack: FakeSlack, core: Core) -> None:
    other = slack.new_workspace("Second")
    slack.visitor = next(user for user in other.users.values() if user.name == "admin")
    await core.store.installations.save(Installation("slack", other.id, other.bot_token))
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        assert (await guest.sign_in("slack")).status_code == 200


async def test_strangers_are_turned_away_with_a_sentence(slack: FakeSlack, core: Core) -> None:
    other = slack.new_workspace("Second")
    slack.visitor = next(user for user in other.users.values() if user.name == "admin")
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        turned = await guest.sign_in("slack")
        assert (turned.status_code, refusal(turned)) == (403, Refused("signing.stranger").text())
        assert (await guest.get("/")).status_code == 303
    slack.visitor = slack.team.bot_user
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        assert refusal(await guest.sign_in("slack")) == Refused("signing.stranger").text()
    slack.visitor = slack.sam
    slack.sam.deleted = True
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        assert refusal(await guest.sign_in("slack")) == Refused("signing.gone").text()
    slack.visitor = None
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        assert refusal(await guest.sign_in("slack")) == Refused("signing.denied").text()
    assert await core.audit.page() == []


ANOTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORGED = [
    ({"claims": {"iss": "https://evil.example"}}, "InvalidIssuerError"),
    ({"claims": {"aud": "another-app"}}, "InvalidAudienceError"),
    ({"claims": {"exp": 1000}}, "ExpiredSignatureError"),
    ({"claims": {"nonce": "another"}}, "nonce"),
    ({"claims": {"nonce": None}}, "MissingRequiredClaimError"),
    ({"claims": {"https://slack.com/team_id": None}}, "MissingRequiredClaimError"),
    ({"key": ANOTHER_KEY}, "InvalidSignatureError"),
    ({"name": "another"}, "unknown key"),
    ({"algorithm": "HS256", "key": "a secret that is long enough for this algorithm"}, "InvalidAlgorithmError"),
]


@pytest.mark.parametrize(("forged", "reason"), FORGED)
async def test_a_token_that_is_not_for_this_errand_lets_nobody_in(
    slack: FakeSlack, core: Core, forged: dict[str, Any], reason: str
) -> None:
    for name, value in forged.items():
        setattr(slack.forgery, name, value)
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        turned = await guest.sign_in("slack")
        assert (turned.status_code, refusal(turned)) == (403, Refused("signing.failed", reason=reason).text())
        assert (await guest.get("/")).status_code == 303


async def test_an_errand_is_good_once_in_the_browser_that_was_sent(
    slack: FakeSlack, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Refused("signing.lost").text()
    async with visitor(core, slack=slack_way(slack, core)) as guest, visitor(core) as other:
        assert refusal(await guest.sign_in("slack", state="another")) == lost
        left = await guest.get("/sign-in/slack")
        kept = dict(guest.client.cookies)
        back = await guest.agree(left.headers["location"])
        assert refusal(await other.client.get(back)) == lost
        assert (await guest.client.get(back)).status_code == 200
        guest.client.cookies.clear()
        guest.client.cookies.update(kept)
        assert refusal(await guest.client.get(back)) == lost
        guest.client.cookies.clear()
        assert refusal(await guest.sign_in("slack", code="invented")).startswith("The platform did not confirm")
        assert refusal(await guest.sign_in("slack", code="")) == Refused("signing.denied").text()
        monkeypatch.setattr(arriving, "LIFETIME", -arriving.LIFETIME)
        assert refusal(await guest.sign_in("slack")) == lost
        assert (await guest.get("/sign-in/myspace")).status_code == 422


@pytest.mark.parametrize("kept", ["", "a token", "[]", '{"proof": "x"}', "late", "another way"])
async def test_whatever_else_was_sealed_is_no_errand(slack: FakeSlack, core: Core, kept: str) -> None:
    errand = {"state": "s", "nonce": "n", "verifier": "v", "back": "b"}
    late = {"for": arriving.PURPOSE, "way": "slack", "until": 0, **errand}
    known = {"late": late, "another way": {**late, "way": "discord"}}
    sealed = core.seal.close(json.dumps(known[kept]) if kept in known else kept)
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        guest.headers["Cookie"] = f"{arriving.COOKIE}={sealed}"
        back = await guest.get("/sign-in/slack/back", params={"code": "c", "state": "s"})
        assert refusal(back) == Refused("signing.lost").text()


async def test_people_are_sent_back_to_where_they_reach_the_console(slack: FakeSlack, core: Core) -> None:
    house = House(ways={"slack": slack_way(slack, core)}, url="https://saseo.example/")
    async with client_of(core, house=house) as client:
        left = httpx.URL((await client.get("/console/sign-in/slack")).headers["location"])
        gone = await client.get("/console/sign-in/discord/back", headers={"Accept": "text/html"})
    assert left.params["redirect_uri"] == "https://saseo.example/console/sign-in/slack/back"
    assert gone.status_code == 403


async def test_the_errand_is_known_to_this_browser_alone(slack: FakeSlack, core: Core) -> None:
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        left = await guest.get("/sign-in/slack")
        cookie = left.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/console/sign-in" in cookie
        asked = httpx.URL(left.headers["location"]).params
        assert asked["redirect_uri"] == f"{BOT}/console/sign-in/slack/back"
        assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
        assert not any(part in cookie for part in (asked["state"], asked["nonce"]))


async def test_a_platform_that_does_not_answer_is_told_of(
    slack: FakeSlack, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "LARGEST", 10)
    away = Unavailable("signing.away").text()
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        turned = await guest.sign_in("slack")
        assert (turned.status_code, refusal(turned)) == (503, away)
    async with visitor(core, slack=slack_way(slack, core, bot_token="xoxb-dead")) as guest:
        assert refusal(await guest.sign_in("slack")) == away
    nowhere = slack_way(slack, core)
    nowhere.api_url = "http://127.0.0.1:1/api/"
    slack.world.app.redirect_urls.clear()
    async with visitor(core, slack=nowhere) as guest:
        left = httpx.URL((await guest.get("/sign-in/slack")).headers["location"])
        here = left.copy_with(host=slack.host, port=slack.port)
        back = httpx.URL(await guest.agree(str(here)))
        assert refusal(await guest.client.get(back)) == away


async def test_new_keys_are_found_and_old_ones_are_kept(slack: FakeSlack, core: Core) -> None:
    way = slack_way(slack, core)
    moment = [0.0]
    way._keys.clock = lambda: moment[0]
    async with visitor(core, slack=way) as guest:
        await guest.sign_in("slack")
        slack.__dict__["private_key"] = ANOTHER_KEY
        assert (await guest.sign_in("slack")).status_code == 403
        moment[0] = identity.KEYS_KEPT + 1
        assert (await guest.sign_in("slack")).status_code == 200


async def test_so_many_sign_in_at_once_and_no_more(
    slack: FakeSlack, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visitor(core, slack=slack_way(slack, core)) as guest:
        room = guest.client._transport.app.state.arriving  # type: ignore[attr-defined]
        for _ in range(arriving.AT_ONCE):
            await room.acquire()
        assert refusal(await guest.sign_in("slack")) == Refused("signing.busy").text()
