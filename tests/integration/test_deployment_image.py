"""The image: every step of the Dockerfile is carried out in a bare folder, and the program runs from there.

`make image` also installs the tools, compiles everything and asks whether every package is there for both processors.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.dockerfile import Build, Image, StepFailed, included, instructions
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
WHOLE = os.environ.get("IMAGE_CHECK") == "whole"
PATIENCE = 180.0
OURS = ("adapters", "bot", "core", "deploy", "docs")
"""Of these the files are closed to writing also where the tests are not run by root."""
TOKEN = "a-long-random-word-for-everybody"

pytestmark = pytest.mark.timeout(600)


def uv() -> Path:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    assert found is not None, "make puts uv into the environment where there is none"
    return Path(found)


class Container:
    """The image, and how its commands are run: never as root, never with a write to the program."""

    def __init__(self, build: Build, image: Image, data: Path) -> None:
        self.image = image
        self._build = build
        self._data = data
        self.port = free_port()

    def start(self, command: Sequence[str], **more: str) -> "subprocess.Popen[str]":
        program, *words = command
        found = shutil.which(program, path=self._environment()["PATH"])
        assert found is not None
        return subprocess.Popen(
            [*self._without_root(), found, *words],
            cwd=self.image.place("."),
            env={**self._environment(), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ended(self, command: Sequence[str], **more: str) -> tuple[int, str]:
        process = self.start(command, **more)
        said, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def _environment(self) -> dict[str, str]:
        environment = {**self._build.variables({}), "DATA_DIR": str(self._data), "API_PORT": str(self.port)}
        if not WHOLE:
            # What was not compiled while the image was made is compiled once, elsewhere.
            environment |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(self.image.place("/tmp"))}
        return environment

    def _without_root(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        user, group = self.image.said["USER"].split(":")
        # Root's own Python may lie where only root may look: to look is the one right that stays.
        right = "-all,+dac_read_search"
        rights = [f"--inh-caps={right}", f"--ambient-caps={right}", f"--bounding-set={right}"]
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", *rights]


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    place = tmp_path_factory.mktemp("image")
    build, image = built(place)
    data = image.place("/data")
    ours = [path for name in OURS for path in (image.place(name), *image.place(name).rglob("*"))]
    for path in ours:
        path.chmod(0o555 if path.is_dir() else 0o444)
    image.place("/tmp").chmod(0o777)
    yield Container(build, image, data)
    for path in ours:
        path.chmod(0o755)
    subprocess.run(["rm", "-rf", place], check=True)


def built(place: Path) -> tuple[Build, Image]:
    """The image in this folder: from what `make` downloaded, and only where something lacks there, from the network."""
    reach = {
        name: value for name, value in os.environ.items() if name.startswith(("HTTP", "NO_", "PIP_", "SSL_", "UV_"))
    }
    if WHOLE:
        build = Build(ROOT, place, arguments={"REVISION": "abc"}, environment=reach)
        return build, build.run(DOCKERFILE, ready={})
    cache = subprocess.run([uv(), "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    quick = {**reach, "UV_CACHE_DIR": cache, "UV_COMPILE_BYTECODE": "0", "UV_LINK_MODE": "hardlink"}
    for offline in ("1", "0"):
        build = Build(
            ROOT, place / offline, arguments={"REVISION": "abc"}, environment={**quick, "UV_OFFLINE": offline}
        )
        try:
            return build, build.run(DOCKERFILE, ready={"tools": {"/usr/local/bin/uv": uv()}})
        except StepFailed:
            if offline == "0":
                raise
    raise AssertionError


def test_the_image_says_how_it_is_run(container: Container) -> None:
    image = container.image
    assert image.said["USER"] == "10001:10001"
    assert image.said["STOPSIGNAL"] == "SIGTERM"
    assert [image.command(word) for word in ("ENTRYPOINT", "CMD", "VOLUME")] == [
        ["python", "-m", "bot"],
        ["run"],
        ["/data"],
    ]
    assert image.labels["org.opencontainers.image.revision"] == "abc"
    assert image.environment["PYTHONUNBUFFERED"] == "1"


def test_the_program_answers_from_the_image_and_ends_in_order(container: Container) -> None:
    secrets = container.image.place("/tmp") / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "api_token").write_text(TOKEN, encoding="utf-8")
    command = [*container.image.command("ENTRYPOINT"), *container.image.command("CMD")]
    check = json.loads(container.image.said["HEALTHCHECK"].partition("CMD ")[2])
    assert container.ended(check) == (1, f"no answer on port {container.port}: [Errno 111] Connection refused\n")
    process = container.start(command, API_HOST="127.0.0.1", CREDENTIALS_DIRECTORY=str(secrets))
    try:
        wait_until_listening(process, container.port)
        assert container.ended(check) == (0, "")
        assert passages_of_a_document_handed_in(container.port) == 1
        assert undead(process) == []
        if os.geteuid() == 0:
            assert psutil.Process(process.pid).uids().real == 10001
        process.send_signal(signal.Signals[container.image.said["STOPSIGNAL"]])
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
        assert "Traceback" not in said
    finally:
        process.kill()
        process.wait()


def wait_until_listening(process: "subprocess.Popen[str]", port: int) -> None:
    started = time.monotonic()
    while not listens(port):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() - started < PATIENCE
        # Another process has no event to wait for.
        time.sleep(0.1)


def listens(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


def passages_of_a_document_handed_in(port: int) -> int:
    """Reading takes a process of its own, which has to be gone for good afterwards."""
    with httpx.Client(timeout=PATIENCE, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        url = f"http://127.0.0.1:{port}/api/v1/documents"
        files = {"files": ("leave.html", b"<h1>Leave</h1><p>Everybody gets 25 days of leave.</p>", "text/html")}
        (document_id,) = client.post(f"{url}/upload", files=files).json()["document_ids"]
        return len(client.get(f"{url}/{document_id}").json()["passages"])


def undead(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Children that ended and that nobody asked how."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if child.status() == psutil.STATUS_ZOMBIE]


def test_without_a_token_the_image_does_not_open_to_the_network(container: Container) -> None:
    code, said = container.ended(["python", "-m", "bot", "run"])
    assert code == 2
    assert "API_TOKEN" in said


def test_the_program_cannot_be_written_to(container: Container) -> None:
    code, said = container.ended(["python", "-c", "open('bot/settings.py', 'a')"])
    assert code == 1
    assert "PermissionError" in said


def test_nothing_private_and_nothing_needless_gets_into_the_image() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in included(ROOT)}
    assert {name.partition("/")[0] for name in names} == {
        *("adapters", "bot", "core", "deploy", "docs", "LICENSE", "pyproject.toml"),
        *("requirements.lock", "requirements-all.lock"),
    }
    assert {name for name in names if name.startswith("deploy/")} == {"deploy/health.py", "deploy/tools.lock"}
    assert not [name for name in names if name.endswith((".pyc", ".env")) or "__pycache__" in name]


def test_no_step_depends_on_the_processor_or_on_a_shell_at_run_time() -> None:
    steps = list(instructions(DOCKERFILE))
    assert not [step for step in steps if any(word in step.text for word in ("x86", "amd64", "arm64", "aarch64"))]
    for word in ("CMD", "ENTRYPOINT", "VOLUME"):
        assert [step.text[0] for step in steps if step.word == word] == ["["]
