"""A document's page: how its checks ended, and where it is used, as far as its reader may know."""

import re

import pytest

from core.backends.memory_world import ScriptedModel
from core.errors import Refused, Unavailable
from core.people import Arrival, Roster
from core.shares import Share
from core.types import Audience, Question, Session
from tests.fakes.saseo import Core
from tests.integration.consoles import LEAVE, TEAM
from tests.integration.http_asking import ASKED
from tests.integration.signing_in import entered

URL = "https://wiki.example/page"
T1 = "slack:T1"
CHANNEL = Session("slack", "T1", "C1")
READER = Arrival(f"{T1}:U1", "Reader", (T1,))
CHIEF = Arrival(f"{T1}:U3", "Chief", (T1,), (T1,))
OPERATOR = Arrival(f"{T1}:U4", "Operator", (T1,))
ROSTER = Roster(frozenset({OPERATOR.id}))


@pytest.fixture
def core() -> Core:
    core = Core(model=ScriptedModel("You get 25 days [1]."))
    core.web.pages[URL] = LEAVE.encode()
    return core


async def test_the_checks_of_a_link_are_shown_with_what_they_found(core: Core) -> None:
    document = (await core.library.add_link(URL, scope=TEAM)).document
    reason = Unavailable("store.busy")
    for page in (LEAVE.encode(), b"They get 30 days now.", reason, Refused("fetch.gone")):
        core.web.pages[URL] = page
        found = await core.store.catalogue.find(document.id)
        assert found is not None
        await core.library.refresh(found)
    async with entered(core, READER) as guest:
        shown = (await guest.get(f"/documents/{document.id}")).text
    assert re.findall(r'class="state (?:ready|dead)">(\w+)<', shown)[1:] == ["failed", "failed", "changed", "unchanged"]
    assert reason.text() in shown
    assert Refused("fetch.gone").text() in shown


async def test_a_document_without_checks_shows_none(core: Core) -> None:
    document = (await core.library.add_text(LEAVE, scope=TEAM)).document
    async with entered(core, READER) as guest:
        shown = (await guest.get(f"/documents/{document.id}")).text
    assert "Checks" not in shown
    assert "in no answer yet" in shown


async def test_it_is_told_where_a_document_is_used_to_whoever_may_know(core: Core) -> None:
    document = (await core.library.add_text(LEAVE, scope=TEAM)).document
    for place in (CHANNEL, Session("slack", "T2", "C7"), Session("http", "", "s1")):
        audience = Audience.of(TEAM)
        await core.chat.ask(Question(f"q:{place}", place, ASKED, audience))
        await core.store.shares.add(Share(place, "1.1", "F1"), document.id)
    for arrival, places in ((READER, set()), (CHIEF, {"slack:T1:C1"}), (OPERATOR, {"slack:T1:C1", "slack:T2:C7"})):
        async with entered(core, arrival, roster=ROSTER) as guest:
            shown = (await guest.get(f"/documents/{document.id}")).text
        assert "in 3 answers" in shown
        assert set(re.findall(r"slack:T\d:C\d", shown)) == places
        assert ASKED not in shown
        assert ("Shared in" in shown) is bool(places)


async def test_one_answer_is_one_answer(core: Core) -> None:
    document = (await core.library.add_text(LEAVE, scope=TEAM)).document
    await core.chat.ask(Question("q", CHANNEL, ASKED, Audience.of(TEAM)))
    async with entered(core, READER) as guest:
        assert "in 1 answer<" in (await guest.get(f"/documents/{document.id}")).text
