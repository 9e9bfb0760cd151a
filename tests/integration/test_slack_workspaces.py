"""Many workspaces in one process: none sees anything of another, and the trouble of one is not that of the others."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.inbound import Asked
from adapters.slack.workspaces import teams_of
from core.backends.memory import MemoryStore
from core.backends.sqlite import open_store
from core.inbox import Accepted
from core.installations import Installation
from core.types import Scope, Session
from tests.fakes.saseo import Core
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.faults import Fault
from tests.fakes.slack.state import Channel, Workspace
from tests.integration.slack_installing import Office, becomes, opened, permission
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running

OTHERS = "Every employee has 30 days of paid leave a year. Leave is asked for by letter."


async def without_documents() -> Core:
    core = await knowing()
    await core.library.forget([document.id for document, _ in [pair async for pair in core.library.shelved()]])
    return core


async def two(office: Office) -> tuple[tuple[Workspace, Channel], tuple[Workspace, Channel]]:
    """Two workspaces with the app, and a channel in each."""
    first, second = await office.install("First"), await office.install("Second")
    return (
        (first, office.slack.new_channel("first-general", team=first.id)),
        (second, office.slack.new_channel("second-general", team=second.id)),
    )


async def test_workspaces_do_not_see_each_others_documents_and_history() -> None:
    core = await without_documents()
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), (second, there) = await two(office)
        await core.library.add_text(LEAVE, title="Handbook", scope=Scope.workspace("slack", first.id))
        slack.ask(QUESTION, channel=here)
        await slack.posted("15 days", channel=here)
        slack.ask(QUESTION, channel=there)
        await slack.posted("could not find", channel=there)
        assert len(await core.store.history.recent(Session("slack", first.id, here.id))) == 2
        said = [turn.text for turn in await core.store.history.recent(Session("slack", second.id, there.id))]
        assert not any("15 days" in text for text in said)
        assert {call.token for call in slack.called("chat.postMessage")} <= {first.bot_token, second.bot_token}


async def test_the_workspace_of_the_token_and_installed_ones_are_answered_side_by_side() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core, bot_token=slack.bot_token) as office:
        second = await office.install()
        there = slack.new_channel("second-general", team=second.id)
        slack.ask(QUESTION)
        slack.ask(QUESTION, channel=there)
        await slack.posted("15 days", channel=slack.general)
        await slack.posted("15 days", channel=there)
        assert [call.token for call in slack.called("auth.test")] == [slack.bot_token, second.bot_token]


async def test_what_comes_from_a_workspace_without_the_app_is_acknowledged_and_ignored(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = await knowing()
    caplog.set_level(logging.INFO, "adapters.slack")
    async with FakeSlack() as slack, opened(slack, core):
        asked = slack.ask(QUESTION)
        command = await slack.command("/ask", QUESTION).settled()
        for delivery in asked.deliveries:
            await delivery.settled()
        assert all(delivery.acknowledged for delivery in (*asked.deliveries, command))
        assert slack.answers() == []
        assert f"not installed in {slack.team.id}" in caplog.text


async def test_in_a_shared_channel_it_matters_through_which_workspace_the_app_is_told() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), (second, _) = await two(office)
        asked = slack.ask(QUESTION, channel=here)
        await slack.posted("15 days", channel=here)
        elsewhere = {**asked.deliveries[0].payload, "team_id": second.id}
        assert teams_of(elsewhere) == [first.id, second.id]


@pytest.mark.parametrize(
    ("body", "teams"),
    [
        ({}, []),
        ({"team_id": "T1"}, ["T1"]),
        ({"team_id": "T2", "authorizations": [{"team_id": "T1"}]}, ["T1", "T2"]),
        ({"team_id": "T2", "context_team_id": "T1", "authorizations": [{"team_id": None}, 7]}, ["T1", "T2"]),
        ({"team": {"id": "T1"}, "user": {"team_id": "T2"}}, ["T1", "T2"]),
        ({"team": None, "user": {"id": "U1", "team_id": "T2"}, "enterprise": {"id": "E1"}}, ["T2"]),
        ({"authorizations": "T1", "user": "U1"}, []),
    ],
)
def test_the_workspaces_that_something_may_be_for(body: dict[str, object], teams: list[str]) -> None:
    assert teams_of(body) == teams


async def test_what_is_unfinished_is_taken_up_in_every_workspace_and_where_the_app_is_not_it_is_left() -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        async with opened(slack, core) as office:
            places = [*await two(office), (slack.team, slack.general)]
        for workspace, channel in places:
            question = slack.say(QUESTION, channel=channel)
            asked = Asked(
                id=f"slack:{workspace.id}:{channel.id}:{question.ts}",
                way="mention",
                team=workspace.id,
                channel=channel.id,
                user=question.user or "",
                text=QUESTION,
                ts=question.ts,
                thread=question.ts,
            )
            await core.store.inbox.accept(Accepted(asked.id, asked.place, asked.dump()), holder="dead")
        await core.store.inbox.release("dead")
        async with opened(slack, core):
            for _, channel in places[:2]:
                await slack.posted("15 days", channel=channel)
        assert slack.answers(slack.general) == []
        assert [item.body["team"] for item in await core.store.inbox.take("slack:", holder="next")] == [slack.team.id]


async def test_a_token_that_expires_is_renewed_before_it_does() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        slack.world.app.rotates = True
        second = await office.install()
        channel, first_token = slack.new_channel("second-general", team=second.id), second.bot_token
        for hours in (0, 11, 11):
            core.now += timedelta(hours=hours)
            slack.clock.advance(hours * 3600)
            asked = slack.ask(QUESTION, channel=channel)
            await slack.posted("15 days", channel=channel, thread_ts=asked.ts)
        kept = await core.store.installations.find("slack", second.id)
        assert kept is not None
        assert kept.token == second.bot_token != first_token
        assert kept.refresh_token == second.refresh_token
        assert [call.arguments.get("grant_type") for call in slack.called("oauth.v2.access")[1:]] == [
            "refresh_token",
            "refresh_token",
        ]


async def test_a_token_that_cannot_be_renewed_now_is_used_and_renewed_later() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        slack.world.app.rotates = True
        second = await office.install()
        channel = slack.new_channel("second-general", team=second.id)
        core.now += timedelta(hours=11)
        slack.faults.scripted.append(Fault("oauth.v2.access", error="internal_error", times=4))
        slack.ask(QUESTION, channel=channel)
        await slack.posted("15 days", channel=channel, timeout=20)
        slack.ask(QUESTION, channel=channel)
        await slack.posted("15 days", channel=channel, count=2)
        kept = await core.store.installations.find("slack", second.id)
        assert kept is not None
        assert kept.token == second.bot_token


@pytest.mark.parametrize(("error", "forgotten"), [("token_revoked", True), ("invalid_auth", False)])
async def test_a_dead_token_sets_its_workspace_aside_and_the_others_are_answered(
    error: str, forgotten: bool, caplog: pytest.LogCaptureFixture
) -> None:
    core = await knowing()
    caplog.set_level(logging.INFO)
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), (_, there) = await two(office)
        document = (await core.library.add_text(OTHERS, scope=Scope.workspace("slack", first.id))).document
        slack.faults.scripted.append(Fault("*", times=50, error=error))
        slack.ask(QUESTION, channel=here)
        told = "forgot the workspace" if forgotten else "set aside"
        await becomes(lambda: told in caplog.text, what=told)
        slack.faults.scripted.clear()
        slack.ask(QUESTION, channel=there)
        await slack.posted("15 days", channel=there)
        assert (await core.store.catalogue.find(document.id) is None) == forgotten
        assert (first.id in await core.store.installations.workspaces("slack")) != forgotten
        again = slack.ask(QUESTION, channel=here)
        for delivery in again.deliveries:
            assert (await delivery.settled()).acknowledged
        assert slack.answers(here, thread_ts=again.ts) == []
        await office.install_in(first)
        slack.ask(QUESTION, channel=here)
        await slack.posted("days", channel=here)


async def test_a_token_that_was_refused_for_no_reason_stays(caplog: pytest.LogCaptureFixture) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        (first, here), _ = await two(office)
        slack.faults.scripted.append(Fault("chat.*", times=50, error="token_revoked"))
        slack.ask(QUESTION, channel=here)
        await becomes(lambda: "left to the next start" in caplog.text, what="a word in the log")
        slack.faults.scripted.clear()
        other = slack.new_channel("other", team=first.id)
        slack.ask(QUESTION, channel=other)
        await slack.posted("15 days", channel=other)
        assert first.id in await core.store.installations.workspaces("slack")


async def test_a_token_of_the_settings_that_dies_is_set_aside_where_there_are_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core, bot_token=slack.bot_token) as office:
        second = await office.install()
        there = slack.new_channel("second-general", team=second.id)
        document = (await core.library.add_text(OTHERS, scope=Scope.workspace("slack", slack.team.id))).document
        slack.faults.scripted.append(Fault("*", times=50, error="token_revoked"))
        slack.ask(QUESTION)
        await becomes(lambda: "set aside" in caplog.text, what="a word in the log")
        slack.faults.scripted.clear()
        slack.ask(QUESTION, channel=there)
        await slack.posted("15 days", channel=there)
        assert await core.store.catalogue.find(document.id) is not None, "a token may have been taken back by mistake"


async def test_after_a_restart_the_installed_workspaces_are_there(tmp_path: Path) -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        async with open_store(tmp_path / "saseo.db") as store:
            core.store.installations = store.installations  # type: ignore[assignment]
            async with opened(slack, core) as office:
                second = await office.install()
        async with open_store(tmp_path / "saseo.db") as store:
            core.store.installations = store.installations  # type: ignore[assignment]
            async with opened(slack, core):
                channel = slack.new_channel("second-general", team=second.id)
                slack.ask(QUESTION, channel=channel)
                await slack.posted("15 days", channel=channel)
        assert len(slack.called("auth.test")) == 1
    assert second.bot_token.encode() not in b"".join(written(tmp_path))


async def test_where_the_key_is_lost_it_is_said_and_an_installation_mends_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    core = await knowing()
    async with FakeSlack() as slack:
        async with open_store(tmp_path / "saseo.db") as store:
            core.store.installations = store.installations  # type: ignore[assignment]
            async with opened(slack, core) as office:
                second = await office.install()
        (tmp_path / "secret.key").unlink()
        async with open_store(tmp_path / "saseo.db") as store:
            core.store.installations = store.installations  # type: ignore[assignment]
            async with opened(slack, core) as office:
                assert "1 workspaces cannot be opened" in caplog.text
                channel = slack.new_channel("second-general", team=second.id)
                for delivery in slack.ask(QUESTION, channel=channel).deliveries:
                    assert (await delivery.settled()).acknowledged
                assert f"the workspace {second.id} cannot be opened" in caplog.text
                await office.install_in(second)
                slack.ask(QUESTION, channel=channel)
                await slack.posted("15 days", channel=channel)
        assert "Traceback" not in caplog.text


async def test_workspaces_that_are_not_used_are_made_anew_when_they_are() -> None:
    core = await knowing()
    async with FakeSlack() as slack, opened(slack, core) as office:
        places = await two(office)
        known = office.arrivals.farewells.workspaces
        known._kept = 1
        for _ in range(2):
            for _, channel in places:
                asked = slack.ask(QUESTION, channel=channel)
                await slack.posted("15 days", channel=channel, thread_ts=asked.ts)
                await becomes(lambda: not any(workspace.tasks for workspace in known), what="quiet")
        assert len(list(known)) == 1


async def test_without_permission_to_install_kept_installations_are_not_used() -> None:
    core = await knowing()
    store = MemoryStore()
    async with FakeSlack() as slack:
        second = slack.new_workspace("Second")
        await store.installations.save(Installation("slack", second.id, second.bot_token))
        core.store.installations = store.installations
        async with running(slack, core):
            slack.ask(QUESTION)
            await slack.posted("15 days")
        assert {call.token for call in slack.called("auth.test")} == {slack.bot_token}


def written(folder: Path) -> list[bytes]:
    """Every byte in a folder."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_secrets_are_not_shown() -> None:
    slack = FakeSlack()
    assert slack.world.app.client_secret not in repr(permission(slack))
