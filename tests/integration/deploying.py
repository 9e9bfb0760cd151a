"""A small project with a `docker` and a `make` on the PATH that note their calls, keep tags, and fail where told to."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy.deploy import main

PROGRAM = r"""#!/bin/sh
cd PLACE
words="${0##*/} $*"
printf '%s|%s\n' "$SASEO_IMAGE" "$words" >> calls
{ read -r times; read -r part; } < failing
case "$words" in *"$part"*)
    if [ "$times" -gt 0 ]; then
        printf '%s\n%s\n' $((times - 1)) "$part" > failing
        exit 17
    fi
esac
case "$words" in
    "docker build --file deploy/Dockerfile --tag "*) printf 'sha256:%s\n' "$5" > "tags/$5" ;;
    "docker pull "*) printf 'sha256:%s\n' "$2" > "tags/$2" ;;
    "docker tag "*)
        id=$2
        [ ! -f "tags/$2" ] || read -r id < "tags/$2"
        printf '%s\n' "$id" > "tags/$3" ;;
    "docker image inspect "*)
        [ -f "tags/$5" ] || exit 1
        read -r id < "tags/$5"
        printf '%s\n' "$id" ;;
esac
"""
ALWAYS = 99
REGISTRY = "registry.example.com"
UP = "up --detach"


class Project:
    """A repository with one commit, and what was done with it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = folder / "project"
        self._recorder = folder / "recorder"
        self._locks = folder / "locks"
        self._capsys = capsys
        self._tags = self._recorder / "tags"
        for path in (self.root / "deploy", self._recorder / "bin", self._tags / REGISTRY / "team", self._locks):
            path.mkdir(parents=True)
        (self.root / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n', encoding="utf-8")
        (self.root / ".gitignore").write_text("/deploy/secrets/\n", encoding="utf-8")
        for name in ("docker", "make"):
            program = self._recorder / "bin" / name
            program.write_text(PROGRAM.replace("PLACE", str(self._recorder)), encoding="utf-8")
            program.chmod(0o755)
        self.path = f"{self._recorder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.fail("", times=0)
        self._git("init", "-q")
        self._git("add", "-A")
        self._git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "first")
        self.commit = self._git("rev-parse", "--short=12", "HEAD")

    def fail(self, part: str, *, times: int = 1) -> None:
        """From now on the next calls with these words in them fail; what was called so far is forgotten."""
        (self._recorder / "failing").write_text(f"{times}\n{part}\n", encoding="utf-8")
        (self._recorder / "calls").write_text("", encoding="utf-8")

    def tagged(self, **tags: str) -> None:
        """Which image every tag names."""
        for tag, name in tags.items():
            (self._tags / f"saseo:{tag}").write_text(f"{name}\n", encoding="utf-8")

    @property
    def tags(self) -> dict[str, str]:
        """Which image `current` and `previous` name."""
        files = {tag: self._tags / f"saseo:{tag}" for tag in ("current", "previous")}
        return {tag: file.read_text(encoding="utf-8").strip() for tag, file in files.items() if file.exists()}

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

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()
