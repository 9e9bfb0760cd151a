"""The app is removed from a workspace: everything that belongs to it is forgotten, once, whole and soon."""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

import pytest

from adapters.slack import farewell
from adapters.slack.adapter import SlackAdapter
from core.departure import forget_workspace
from core.errors import Refused, Unavailable
from core.inbox import Accepted
from core.types import PUBLIC, Document, Scope, Session
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.state import Workspace
from tests.integration.slack_installing import Office, becomes, opened
from tests.integration.slack_running import ANSWER, LEAVE, QUESTION, knowing, options, running

SECONDS = 5.0


async def filled(core: Core, team: str) -> list[Document]:
    """A document for every kind of people of a workspace."""
    session = Session("slack", team, "C1")
    scopes = (Scope.workspace("slack", team), Scope.channel(session), Scope.direct(session))
    return [(await core.library.add_text(LEAVE, scope=scope, title=str(scope))).document for scope in scopes]


async def known(core: Core, documents: list[Document]) -> int:
    """How many of these are known."""
    return sum([await core.store.catalogue.find(document.id) is not None for document in documents])


async def forgotten(core: Core, slack: FakeSlack, team: str) -> float:
    """Waits until nothing of a workspace is kept; the seconds that took."""
    started = time.monotonic()
    while await core.store.installations.leaving("slack") or team in await core.store.installations.workspaces("slack"):
        assert time.monotonic() - started < SECONDS
        await asyncio.sleep(0.02)
    return time.monotonic() - started


async def two_talks(office: Office) -> tuple[tuple[Workspace, str], tuple[Workspace, str]]:
    """Two workspaces with the app, in each of which something was asked."""
    talks = []
    for name in ("first", "second"):
        workspace = await office.install(name)
        channel = office.slack.new_channel(f"{name}-general", team=workspace.id)
        office.slack.ask(QUESTION, channel=channel)
        await office.slack.posted("15 days", channel=channel)
        talks.append((workspace, channel.id))
    return talks[0], talks[1]


async def test_what_belongs_to_a_workspace_goes_with_it_and_nothing_else_does() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), (second, there) = await two_talks(office)
        theirs, ours = await filled(core, first.id), await filled(core, second.id)
        alike = await filled(core, f"{first.id}0")
        slack.uninstall(first)
        assert await forgotten(core, slack, first.id) < SECONDS
        assert (await known(core, theirs), await known(core, ours), await known(core, alike)) == (0, 3, 3)
        assert await core.store.history.recent(Session("slack", first.id, here)) == ()
        assert len(await core.store.history.recent(Session("slack", second.id, there))) == 2
        kept = {name.split(":")[1] for name in core.store.inbox._entries}
        assert kept == {second.id}
        assert await core.store.installations.find("slack", first.id) is None
        assert await core.store.installations.workspaces("slack") == [second.id]
        slack.ask(QUESTION, channel=there)
        await slack.posted("15 days", channel=there, count=2)


def removal(slack: FakeSlack, workspace: Workspace, kind: str, **more: Any) -> Any:
    """Tells the app of its removal by one of the events."""
    workspace.installed = True
    told = slack.emit(workspace, {"type": kind, **more})
    workspace.installed = False
    return told


REVOKED = {"tokens": {"oauth": ["U1"], "bot": ["U2"]}}


@pytest.mark.parametrize("order", [("app_uninstalled", "tokens_revoked"), ("tokens_revoked", "app_uninstalled")])
async def test_both_events_in_any_order_and_again_forget_once(
    order: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    core = await knowing()
    caplog.set_level(logging.INFO)
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        events = [removal(slack, first, kind, **(REVOKED if kind == "tokens_revoked" else {})) for kind in order]
        events.append(slack.outbox.again(events[0]))
        for event in events:
            assert (await event.settled()).acknowledged
        await forgotten(core, slack, first.id)
        later = slack.outbox.again(events[1])
        assert (await later.settled()).acknowledged
        assert caplog.text.count("forgot the workspace") == 1


async def test_that_tokens_of_people_were_revoked_changes_nothing() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        told = slack.emit(first, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}})
        assert told is not None
        assert (await told.settled()).acknowledged
        assert await core.store.installations.workspaces("slack") == [first.id]


async def test_an_organisation_that_takes_back_its_access_is_heard() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        first, second = await office.install("First"), await office.install("Second")
        slack.world.app.events.add("team_access_revoked")
        told = slack.emit(second, {"type": "team_access_revoked", "team_ids": [first.id, 7]})
        assert told is not None
        await told.settled()
        await forgotten(core, slack, first.id)
        assert await core.store.installations.workspaces("slack") == [second.id]


async def test_an_event_of_an_earlier_installation_does_not_end_the_present_one() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        told = removal(slack, first, "app_uninstalled")
        await told.settled()
        await forgotten(core, slack, first.id)
        core.now = core.now.replace(year=core.now.year + 100)
        await office.install_in(first)
        late = slack.outbox.again(told)
        assert (await late.settled()).acknowledged
        assert await core.store.installations.workspaces("slack") == [first.id]
        slack.uninstall(first)
        await forgotten(core, slack, first.id)


async def test_what_is_under_way_ends_with_its_workspace() -> None:
    gate = asyncio.Event()
    core = await knowing(*ANSWER[:1], gate, *ANSWER[1:])
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        channel = slack.new_channel("first-general", team=first.id)
        slack.ask(QUESTION, channel=channel)
        await slack.call("assistant.threads.setStatus")
        slack.uninstall(first)
        await forgotten(core, slack, first.id)
        gate.set()
        assert not core.store.inbox._entries
        assert await core.store.history.recent(Session("slack", first.id, channel.id)) == ()


async def test_what_was_half_forgotten_is_forgotten_at_the_next_start_even_without_a_token() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        async with opened(slack, core) as office:
            first = await office.install()
        documents = await filled(core, first.id)
        await core.store.inbox.accept(Accepted(f"slack:{first.id}:C1:1", "t", {}), holder="dead")
        await core.store.installations.remove("slack", first.id)
        async with opened(slack, core):
            assert await known(core, documents) == 0
            assert await core.store.installations.leaving("slack") == []
            assert not core.store.inbox._entries


async def test_an_installation_anew_waits_until_the_former_one_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        documents = await filled(core, first.id)
        hold = asyncio.Event()

        async def slow(*where: Any) -> None:
            await hold.wait()
            await forget_workspace(*where)

        monkeypatch.setattr(farewell, "forget_workspace", slow)
        slack.uninstall(first)
        await becomes(lambda: bool(office.arrivals.farewells.under_way), what="the farewell")
        arriving = asyncio.create_task(office.install_in(first))
        await slack.call("auth.test", count=2)
        assert not arriving.done()
        hold.set()
        await arriving
        assert await known(core, documents) == 0
        assert await core.store.installations.workspaces("slack") == [first.id]
        assert await core.store.installations.leaving("slack") == []
        channel = slack.new_channel("again", team=first.id)
        slack.ask(QUESTION, channel=channel)
        await slack.posted("15 days", channel=channel)


async def test_while_a_store_is_away_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    core = await knowing()
    monkeypatch.setattr(farewell, "WAITS", (0.05, 0.05))
    troubles = [2]

    async def failing(*where: Any) -> None:
        if troubles[0] > 0:
            troubles[0] -= 1
            raise Unavailable("store.redis")
        await forget_workspace(*where)

    monkeypatch.setattr(farewell, "forget_workspace", failing)
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        slack.uninstall(first)
        await forgotten(core, slack, first.id)
        troubles[0] = 9
        second = await office.install()
        slack.uninstall(second)
        await becomes(lambda: troubles[0] == 6, what="three attempts")
        await becomes(lambda: not office.arrivals.farewells.under_way, what="the end")
        assert await core.store.installations.leaving("slack") == [second.id]
    async with FakeSlack() as slack:
        troubles[0] = 1
        async with opened(slack, core):
            assert await core.store.installations.leaving("slack") == [second.id]
        async with opened(slack, core):
            assert await core.store.installations.leaving("slack") == []


async def test_the_only_workspace_is_forgotten_and_that_is_the_end() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        documents = [*await filled(core, slack.team.id), (await core.library.add_text("all", scope=PUBLIC)).document]
        adapter = asyncio.create_task(SlackAdapter(core.saseo, options(slack)).run())
        await slack.socket_mode.connected()
        slack.uninstall()
        with pytest.raises(Refused) as refusal:
            await asyncio.wait_for(adapter, 60)
        assert refusal.value.code == "slack.token"
        assert await known(core, documents) == 1


async def test_what_is_kept_while_the_app_is_removed_is_not_kept() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        channel = slack.new_channel("first-general", team=first.id)
        hold, accept, reached = asyncio.Event(), core.store.inbox.accept, asyncio.Event()

        async def slow(item: Accepted, *, holder: str) -> bool:
            reached.set()
            await hold.wait()
            return await accept(item, holder=holder)

        core.store.inbox.accept = slow  # type: ignore[method-assign]
        asked = slack.ask(QUESTION, channel=channel)
        await reached.wait()
        slack.uninstall(first)
        await forgotten(core, slack, first.id)
        hold.set()
        for delivery in asked.deliveries:
            with suppress(TimeoutError):
                await delivery.settled()
        assert not core.store.inbox._entries


async def test_the_only_workspace_is_not_forgotten_for_another_one_or_while_its_token_lives() -> None:
    core = await knowing()
    async with FakeSlack() as slack, running(slack, core):
        documents = await filled(core, slack.team.id)
        other = slack.new_workspace("Other")
        told = [removal(slack, other, "app_uninstalled"), slack.emit(slack.team, {"type": "app_uninstalled"})]
        for event in told:
            assert event is not None
            assert (await event.settled()).acknowledged
        slack.ask(QUESTION)
        await slack.posted("15 days")
        assert await known(core, documents) == 3


async def test_neither_event_is_acknowledged_before_the_removal_is_noted() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        first = await office.install()
        hold, remove = asyncio.Event(), core.store.installations.remove

        async def slow(platform: str, workspace: str) -> None:
            await hold.wait()
            await remove(platform, workspace)

        core.store.installations.remove = slow  # type: ignore[method-assign]
        events = [removal(slack, first, "app_uninstalled"), removal(slack, first, "tokens_revoked", **REVOKED)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.wait([asyncio.create_task(event.over.wait()) for event in events]), 0.3)
        assert not any(event.acknowledged for event in events)
        hold.set()
        for event in events:
            assert (await event.settled()).acknowledged
        await forgotten(core, slack, first.id)
