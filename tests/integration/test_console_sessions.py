"""Visits of the console as the server knows them: they change their name, end when they are ended, and last so long."""

from datetime import timedelta

import pytest

from adapters.http.console import visits
from adapters.http.console.house import House
from adapters.http.console.visits import COOKIE
from core.people import Arrival
from tests.fakes.saseo import Core
from tests.integration.consoles import PAGE
from tests.integration.http_asking import client_of
from tests.integration.signing_in import TOKEN, Visitor, entered, visitor

MINA = Arrival("slack:T1:U1", "Mina", ("slack:T1",))


@pytest.fixture
def core() -> Core:
    return Core()


def cookie(guest: Visitor) -> str:
    return str(guest.client.cookies[COOKIE])


async def asks(guest: Visitor, worth: str) -> int:
    """The status of a page for whoever has this cookie."""
    async with client_of(Core()) as other:
        transport = guest.client._transport
        other._transport = transport
        return (await other.get("/console/", headers={**PAGE, "Cookie": f"{COOKIE}={worth}"})).status_code


async def test_signing_out_ends_the_visit_on_the_server(core: Core) -> None:
    async with visitor(core) as guest:
        await guest.with_token()
        stolen = cookie(guest)
        assert await asks(guest, stolen) == 200
        out = await guest.post("/sign-out")
        assert out.status_code == 303
        assert await asks(guest, stolen) == 303
    assert [noted.deed.what for noted in await core.audit.page()] == ["visit.ended", "visit.begun"]


async def test_signing_in_gives_another_cookie_and_ends_the_visit_before(core: Core) -> None:
    async with visitor(core) as guest:
        await guest.with_token()
        before = cookie(guest)
        await guest.with_token()
        assert cookie(guest) != before
        assert await asks(guest, before) == 303
        assert await asks(guest, cookie(guest)) == 200


async def test_a_cookie_is_replaced_again_and_again_and_the_old_one_dies(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visitor(core) as guest:
        await guest.with_token()
        before = cookie(guest)
        monkeypatch.setattr(visits, "RENEWED_AFTER", timedelta(0))
        assert "set-cookie" in (await guest.get("/")).headers
        monkeypatch.undo()
        fresh = cookie(guest)
        assert fresh != before
        assert await asks(guest, before) == 200, "what was asked at the same moment goes on"
        core.now += visits.GRACE
        assert await asks(guest, before) == 303
        assert await asks(guest, fresh) == 200
        monkeypatch.setattr(visits, "RENEWED_AFTER", timedelta(0))
        await guest.get("/")
        replaced = await asks(guest, fresh)
        assert replaced == 200, "renamed once: the second one goes on under the old name"


async def test_a_visit_ends_when_its_time_is_over_on_the_server_too(core: Core) -> None:
    async with entered(core, MINA) as guest:
        assert await asks(guest, cookie(guest)) == 200
        core.now += visits.LONGEST_ELSEWHERE
        assert await asks(guest, cookie(guest)) == 303


async def test_people_of_platforms_sign_in_again_sooner(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    async with entered(core, MINA) as guest, visitor(core) as owner:
        await owner.with_token()
        monkeypatch.setattr(visits, "LONGEST_ELSEWHERE", timedelta(0))
        assert (await guest.get("/")).status_code == 303
        assert (await owner.get("/")).status_code == 200


async def test_behind_https_cookies_are_for_https_alone(core: Core) -> None:
    for url, secure in ((None, False), ("http://saseo.example", False), ("https://saseo.example", True)):
        async with client_of(core, token=TOKEN, house=House(TOKEN, url=url)) as client:
            given = await client.post("/console/sign-in", data={"token": TOKEN})
            assert ("Secure" in given.headers["set-cookie"]) is secure
            assert "HttpOnly" in given.headers["set-cookie"]
            assert "SameSite=strict" in given.headers["set-cookie"]


async def test_a_page_leads_on_after_another_site_has_sent_somebody_back(core: Core) -> None:
    async with entered(core, MINA) as guest:
        shown = await guest.get("/")
        assert "Mina" in shown.text
        assert 'title="Reader"' in shown.text
        assert "Drop" not in shown.text, "readers add nothing"
        assert "yet that you may read" in (await guest.get("/documents")).text


async def test_the_ways_in_are_offered_and_the_token_beside_them(core: Core) -> None:
    async with visitor(core) as guest:
        alone = (await guest.get("/sign-in")).text
    async with entered(core, MINA) as guest:
        both = (await guest.get("/sign-in")).text
        app = guest.client._transport.app  # type: ignore[attr-defined]
        app.state.house = House(ways=app.state.house.ways)
        without = (await guest.get("/sign-in")).text
    assert ("Sign in with Slack" in alone, 'type="password"' in alone) == (False, True)
    assert ("Sign in with Slack" in both, 'type="password"' in both) == (True, True)
    assert ("Sign in with Slack" in without, 'type="password"' in without) == (True, False)
