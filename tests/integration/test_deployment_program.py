"""deploy.py: a release is made and started, and one that is not healthy makes room for the one before."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.deploy import LOCK, SECRETS
from tests.integration.deploying import ALWAYS, UP, Project

ROOT = Path(__file__).parents[2]
OLD, OLDER = "sha256:old", "sha256:older"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path, capsys)
    monkeypatch.setenv("PATH", made.path)
    return made


def short(calls: list[str]) -> list[str]:
    """The words that matter of every call."""
    known = ("version", "config", "make test", "build", "doctor", "push", "pull", "previous", "current", "up", "logs")
    return [next(word for word in known if f" {word}" in f" {call}".replace(":", " ")) for call in calls]


def test_a_first_release_is_tested_made_checked_and_started(project: Project) -> None:
    code, said = project.deploy("local")
    assert code == 0, said
    assert short(project.calls) == ["version", "config", "make test", "build", "doctor", "current", "up"]
    assert said.endswith(f"{project.commit} runs and is healthy.\n")
    assert project.tags == {"current": f"sha256:saseo:{project.commit}"}
    assert set(project.images[:-1]) == {f"saseo:{project.commit}"}
    assert project.images[-1] == "saseo:current"


def test_the_image_is_told_what_it_is_made_from(project: Project) -> None:
    project.deploy("local", "--lock", "requirements-all.lock")
    (build,) = [call for call in project.calls if call.startswith("docker build")]
    for argument in ("LOCK=requirements-all.lock", "VERSION=1.2.3", f"REVISION={project.commit}"):
        assert f"--build-arg {argument}" in build


def test_the_settings_are_checked_without_the_stores_in_use(project: Project) -> None:
    project.deploy("local")
    (doctor,) = [call for call in project.calls if call.endswith("bot doctor")]
    for variable in ("DATA_DIR=/tmp/check", "REDIS_URL=", "CHROMA_URL=", "DATABASE_URL=", "VECTORSTORE_TYPE="):
        assert f"--env {variable} " in doctor


def test_production_runs_every_test_and_pushes_where_there_is_a_registry(project: Project) -> None:
    code, said = project.deploy("production", "--image", "registry.example.com/team/saseo")
    assert code == 0, said
    assert short(project.calls) == ["version", "config", "make test", "build", "doctor", "push", "current", "up"]
    assert "make test" in project.calls
    project.fail("", times=0)
    assert project.deploy("production")[0] == 0
    assert "push" not in short(project.calls)


def test_a_release_from_the_registry_is_fetched_and_neither_tested_nor_made(project: Project) -> None:
    code, said = project.deploy("production", "--tag", "v2", "--image", "registry.example.com/saseo")
    assert code == 0, said
    assert short(project.calls) == ["version", "config", "pull", "doctor", "current", "up"]


def test_what_is_skipped_is_left_out(project: Project) -> None:
    assert project.deploy("local", "--skip", "tests", "--skip", "doctor")[0] == 0
    assert short(project.calls) == ["version", "config", "build", "current", "up"]


def test_the_settings_file_and_the_profiles_are_told_to_compose(project: Project) -> None:
    (project.root / ".env").write_text("", encoding="utf-8")
    project.deploy("local", "--profile", "redis", "--profile", "chroma", "--wait", "7")
    composed = "docker compose --env-file .env --file deploy/compose.yaml --profile redis --profile chroma"
    assert project.calls[-1] == f"{composed} up --detach --no-build --wait --wait-timeout 7"


def test_what_ran_until_now_is_kept_as_previous(project: Project) -> None:
    project.tagged(current=OLD, previous=OLDER)
    assert project.deploy("local")[0] == 0
    assert project.tags == {"current": f"sha256:saseo:{project.commit}", "previous": OLD}


def test_the_same_release_again_does_not_push_the_previous_one_out(project: Project) -> None:
    project.tagged(current=f"sha256:saseo:{project.commit}", previous=OLDER)
    assert project.deploy("local")[0] == 0
    assert project.tags["previous"] == OLDER


@pytest.mark.parametrize(
    ("failing", "code"),
    [
        ("docker version", 1),
        ("config --quiet", 2),
        ("make test", 1),
        ("docker build", 1),
        ("bot doctor", 2),
        ("docker push", 1),
        ("docker tag sha256:", 1),
        ("docker tag registry.example.com", 1),
    ],
)
def test_a_step_that_fails_ends_it_before_anything_that_runs_is_touched(
    failing: str, code: int, project: Project
) -> None:
    project.deploy("production", "--image", "registry.example.com/saseo", "--tag", "v1")
    project.fail(failing)
    ended, said = project.deploy("production", "--image", "registry.example.com/saseo")
    assert ended == code
    assert said.endswith("Nothing that runs was touched.\n")
    assert UP not in " ".join(project.calls)


def test_a_program_that_is_not_there_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    code, said = project.deploy("local")
    assert code == 1
    assert "docker: No such file or directory" in said


def test_an_unhealthy_release_makes_room_for_the_one_before(project: Project) -> None:
    project.tagged(current=OLD, previous=OLDER)
    project.fail(UP)
    code, said = project.deploy("local", "--skip", "tests", "--skip", "doctor")
    assert code == 3
    assert short(project.calls)[-6:] == ["current", "up", "logs", "current", "up", "previous"]
    assert project.tags == {"current": OLD, "previous": OLDER}
    assert said.endswith("the release before it runs again and is healthy.\n")


def test_after_going_back_a_first_time_there_is_nothing_older(project: Project) -> None:
    project.tagged(current=OLD)
    project.fail(UP)
    assert project.deploy("local")[0] == 3
    assert project.tags["current"] == OLD
    assert project.deploy("rollback") == (2, "\nThere is no release to go back to.\n")


def test_an_unhealthy_first_release_says_what_to_do(project: Project) -> None:
    project.fail(UP, times=ALWAYS)
    code, said = project.deploy("local")
    assert code == 4
    assert "there is no release to go back to" in said
    assert "docker tag saseo:RELEASE saseo:current" in said


def test_going_back_that_fails_as_well_says_what_to_do(project: Project) -> None:
    project.tagged(current=OLD, previous=OLDER)
    project.fail(UP, times=ALWAYS)
    code, said = project.deploy("local")
    assert code == 4
    assert "neither is the release before it" in said
    assert "docker tag saseo:RELEASE saseo:current" in said


def test_a_rollback_starts_the_release_before_and_a_second_one_comes_back(project: Project) -> None:
    project.tagged(current=OLD, previous=OLDER)
    assert project.deploy("rollback")[0] == 0
    assert project.tags == {"current": OLDER, "previous": OLD}
    assert project.deploy("rollback")[0] == 0
    assert project.tags == {"current": OLD, "previous": OLDER}


def test_a_rollback_where_nothing_is_called_current_starts_the_release_before(project: Project) -> None:
    project.tagged(previous=OLDER)
    assert project.deploy("rollback")[0] == 0
    assert project.tags == {"current": OLDER, "previous": OLDER}


def test_a_rollback_that_is_not_healthy_says_what_to_do(project: Project) -> None:
    project.tagged(current=OLD, previous=OLDER)
    project.fail(UP)
    code, said = project.deploy("rollback")
    assert code == 4
    assert short(project.calls)[-2:] == ["up", "logs"]
    assert "docker tag saseo:RELEASE saseo:current" in said


def test_production_takes_only_what_is_committed(project: Project) -> None:
    (project.root / "new.py").write_text("", encoding="utf-8")
    code, said = project.deploy("production")
    assert code == 2
    assert "--allow-dirty" in said
    assert project.calls == []
    assert project.deploy("production", "--allow-dirty")[0] == 0
    assert project.tags == {"current": f"sha256:saseo:{project.commit}-dirty"}


def test_without_git_a_local_release_has_no_name_of_its_own(project: Project) -> None:
    shutil.rmtree(project.root / ".git")
    assert project.deploy("local")[0] == 0
    assert project.tags == {"current": "sha256:saseo:unknown-dirty"}


@pytest.mark.parametrize("target", ["local", "production", "rollback"])
def test_a_dry_run_prints_every_step_and_runs_none(target: str, project: Project) -> None:
    code, said = project.deploy(target, "--dry-run", "--image", "registry.example.com/saseo")
    assert code == 0
    assert project.calls == []
    assert not (project.root / "deploy" / "secrets").exists()
    steps = [line for line in said.splitlines() if line.startswith("  $ docker")]
    assert [step for step in steps if "up --detach --no-build --wait" in step]
    if target != "rollback":
        assert said.index("would run now. Were it not healthy:") < said.rindex(UP)


def test_secrets_are_made_where_they_lack_and_locally_there_is_a_token(project: Project) -> None:
    folder = project.root / "deploy" / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "openai_api_key").write_text("sk-mine", encoding="utf-8")
    assert project.deploy("local")[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(SECRETS)
    assert (folder / "openai_api_key").read_text(encoding="utf-8") == "sk-mine"
    for name in ("api_token", "postgres_password"):
        assert len((folder / name).read_text(encoding="utf-8")) == 64
    assert (folder / "discord_token").read_text(encoding="utf-8") == ""
    assert (folder / "discord_token").stat().st_mode & 0o777 == 0o644


def test_production_makes_no_token_and_closes_its_folder(project: Project) -> None:
    assert project.deploy("production")[0] == 0
    folder = project.root / "deploy" / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "api_token").read_text(encoding="utf-8") == ""


def test_two_deployments_do_not_run_at_once(project: Project) -> None:
    with (project.lock() / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert project.deploy("local") == (5, "\nAnother deployment is under way. Wait until it has ended.\n")
        assert project.calls == []
        assert project.deploy("local", "--dry-run")[0] == 0
    assert project.deploy("local")[0] == 0


def test_a_lock_that_leads_elsewhere_is_not_opened(project: Project, tmp_path: Path) -> None:
    (project.lock() / LOCK).symlink_to(tmp_path / "elsewhere")
    code, said = project.deploy("local")
    assert code == 5
    assert "cannot be opened" in said


def test_an_interruption_says_how_to_go_on(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("deploy.deploy.deploy", interrupted)
    code, said = project.deploy("local")
    assert code == 130
    assert "rollback" in said


@pytest.mark.parametrize("arguments", [[], ["sideways"], ["local", "--wait", "soon"], ["local", "--skip", "build"]])
def test_a_wrong_call_is_told_and_ends_with_2(arguments: list[str], project: Project) -> None:
    with pytest.raises(SystemExit) as end:
        project.deploy(*arguments)
    assert end.value.code == 2


def test_it_runs_as_a_program_with_nothing_but_python(project: Project) -> None:
    for name in ("deploy.py", "steps.py"):
        shutil.copy(ROOT / "deploy" / name, project.root / "deploy")
    program = [sys.executable, "-S", str(project.root / "deploy" / "deploy.py")]
    words = ["production", "--dry-run", "--allow-dirty"]
    done = subprocess.run([*program, *words], cwd="/", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "docker build --file deploy/Dockerfile" in done.stdout
