"""Many workspaces in one process: none sees anything of another, and the trouble of one is not that of the others."""

import logging
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
from tests.integration.slack_installing import becomes, opened, permission, two
from tests.integration.slack_running import LEAVE, QUESTION, knowing, running


async def without_documents() -> Core:
    core = await knowing()
    await core.library.forget([document.id for document, _ in [pair async for pair in core.library.shelved()]])
    return core


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
            assert len(slack.called("auth.test")) <= 2, "at the installation, and once after the restart"
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
