"""A small project with a `docker` and a `make` on the PATH that note their calls, keep tags, and fail where told to."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.deploy import main

PROGRAM = """#!{python} -ISs
import json, os, pathlib, sys
place = pathlib.Path({place!r})
words = " ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
with (place / "calls").open("a") as calls:
    calls.write(os.environ.get("SASEO_IMAGE", "") + "|" + words + "\\n")
failing = json.loads((place / "failing").read_text())
for part, times in failing.items():
    if part in words and times > 0:
        failing[part] -= 1
        (place / "failing").write_text(json.dumps(failing))
        sys.exit(17)
tags = json.loads((place / "tags").read_text())
arguments = sys.argv[1:]
if arguments[:1] == ["build"] or arguments[:1] == ["pull"]:
    name = arguments[arguments.index("--tag") + 1] if "--tag" in arguments else arguments[1]
    tags[name] = "sha256:" + name
elif arguments[:1] == ["tag"]:
    tags[arguments[2]] = tags.get(arguments[1], arguments[1])
elif arguments[:2] == ["image", "inspect"]:
    if arguments[-1] not in tags:
        sys.exit(1)
    print(tags[arguments[-1]])
(place / "tags").write_text(json.dumps(tags))
"""
ALWAYS = 99
UP = "up --detach"


class Project:
    """A repository with one commit, and what was done with it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = folder / "project"
        self._recorder = folder / "recorder"
        self._locks = folder / "locks"
        self._capsys = capsys
        for path in (self.root / "deploy", self._recorder / "bin", self._locks):
            path.mkdir(parents=True)
        (self.root / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n', encoding="utf-8")
        (self.root / ".gitignore").write_text("/deploy/secrets/\n", encoding="utf-8")
        for name in ("docker", "make"):
            program = self._recorder / "bin" / name
            program.write_text(PROGRAM.format(python=sys.executable, place=str(self._recorder)), encoding="utf-8")
            program.chmod(0o755)
        self.path = f"{self._recorder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self._write("tags", {})
        self.fail()
        self._git("init", "-q")
        self._git("add", "-A")
        self._git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "first")
        self.commit = self._git("rev-parse", "--short=12", "HEAD")

    def fail(self, *parts: str, times: int = 1) -> None:
        """From now on the next calls with one of these words in them fail."""
        self._write("failing", dict.fromkeys(parts, times))
        (self._recorder / "calls").write_text("", encoding="utf-8")

    def tagged(self, **tags: str) -> None:
        """Which image every tag names."""
        self._write("tags", {f"saseo:{tag}": name for tag, name in tags.items()})

    @property
    def tags(self) -> dict[str, str]:
        """Which image `current` and `previous` name."""
        tags = json.loads((self._recorder / "tags").read_text(encoding="utf-8"))
        return {tag: tags[f"saseo:{tag}"] for tag in ("current", "previous") if f"saseo:{tag}" in tags}

    @property
    def calls(self) -> list[str]:
        """What docker and make were called with, in order, without the questions that change nothing."""
        lines = (self._recorder / "calls").read_text(encoding="utf-8").splitlines()
        return [line.partition("|")[2] for line in lines if "image inspect" not in line]

    @property
    def images(self) -> list[str]:
        """The image that every call of Compose was for."""
        lines = (self._recorder / "calls").read_text(encoding="utf-8").splitlines()
        return [line.partition("|")[0] for line in lines if "|docker compose" in line]

    def deploy(self, *arguments: str) -> tuple[int, str]:
        """Calls the program; its exit code and what it said."""
        code = main(arguments, root=self.root, locks=self._locks)
        return code, self._capsys.readouterr().out

    def lock(self) -> Path:
        """The folder of the lock."""
        return self._locks

    def _write(self, name: str, value: object) -> None:
        (self._recorder / name).write_text(json.dumps(value), encoding="utf-8")

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()
