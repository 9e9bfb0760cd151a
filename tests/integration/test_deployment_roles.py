"""deploy.py: each role as a service of its own, in place of the one that plays them all."""

from pathlib import Path

import pytest

from tests.integration.deploying import ALWAYS, UP, Project

OLD, OLDER = "sha256:old", "sha256:older"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path, capsys)
    monkeypatch.setenv("PATH", made.path)
    return made


def test_each_role_may_be_a_service_of_its_own_in_place_of_the_bot(project: Project) -> None:
    assert project.deploy("local", "--role", "web", "--role", "worker", "--wait", "7")[0] == 0
    composed = "docker compose --file deploy/compose.yaml"
    assert project.calls[-2:] == [
        f"{composed} rm --stop --force bot",
        f"{composed} up --detach --no-build --wait --wait-timeout 7 web worker",
    ]


def test_roles_that_are_not_healthy_make_room_for_those_of_the_release_before(project: Project) -> None:
    project.tagged(current=OLD, previous=OLDER)
    project.fail(UP)
    code, said = project.deploy("local", "--skip", "tests", "--role", "web", "--role", "slack")
    assert code == 3, said
    assert [call.partition(" logs ")[2] for call in project.calls if " logs " in call] == [
        "--no-color --tail 50 web slack"
    ]
    assert project.calls[-2].endswith(" web slack")
    assert project.tags == {"current": OLD, "previous": OLDER}


def test_a_bot_that_cannot_be_ended_is_not_started_beside(project: Project) -> None:
    project.tagged(current=OLD)
    project.fail("rm --stop", times=ALWAYS)
    code, said = project.deploy("local", "--role", "web")
    assert code == 4
    assert "logs web" in said
    assert UP not in " ".join(project.calls)
