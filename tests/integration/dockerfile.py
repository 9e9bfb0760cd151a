"""Carries out a Dockerfile without Docker: each stage in a bare folder, its commands with the paths of that folder.

It knows what ours uses and stops at anything else.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PLACES = re.compile(r"(?<![\w.$}/-])/(?=opt|data|tmp|usr/local)")
"""The beginnings of absolute paths that belong to the image."""
VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
WORDS = re.compile(r"((?:[^\s\"']|\"[^\"]*\"|'[^']*')+)")
SECONDS = 600


class StepFailed(Exception):
    """A command of the Dockerfile came to nothing."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; flags are the words with two dashes before its text."""

    word: str
    flags: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Image:
    """What a stage says about what it makes."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    said: dict[str, str] = field(default_factory=dict)

    def place(self, path: str) -> Path:
        """A path of the image on this machine."""
        return self.root / os.path.normpath(f"{self.workdir}/{path}" if not path.startswith("/") else path).lstrip("/")

    def command(self, word: str) -> list[str]:
        """The words of an instruction in exec form."""
        words: list[str] = json.loads(self.said[word])
        return words


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        word, _, rest = line.strip().partition(" ")
        flags: dict[str, str] = {}
        while (flag := re.match(r"\s*--([\w-]+)=(\S+)", rest)) and word != "HEALTHCHECK":
            flags[flag[1]] = flag[2]
            rest = rest[flag.end() :]
        yield Instruction(word, flags, rest.strip())


def included(context: Path) -> list[Path]:
    """What `.dockerignore` lets into the image, which has to name each of it after a star."""
    patterns = [line for line in (context / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert patterns[0] == "*", "everything is left out that is not named"
    paths: set[Path] = set()
    for pattern in patterns[1:]:
        if pattern.startswith("!"):
            found = list(context.glob(pattern[1:]))
            assert found, f".dockerignore names {pattern[1:]}, which is not there"
            paths |= {file for path in found for file in [path, *path.rglob("*")] if file.is_file()}
        else:
            tail = pattern.removeprefix("**/")
            paths = {path for path in paths if not any(Path(part).match(tail) for part in path.parts)}
    return sorted(paths)


class Build:
    """A build of a Dockerfile into a folder, where every stage but the last one is set aside once it is done."""

    def __init__(
        self, context: Path, place: Path, *, arguments: Mapping[str, str], environment: Mapping[str, str]
    ) -> None:
        self._context = context
        self._place = place
        self._given = arguments
        self._environment = environment
        self._files = included(context)
        self._global: dict[str, str] = {}
        self._stages: dict[str, Image] = {}
        self.image = Image(place / "image")

    def run(self, text: str, *, ready: Mapping[str, Mapping[str, Path]]) -> Image:
        """Carries out all stages but those that are `ready`: their files by the paths that are copied from them."""
        skipping = False
        for step in instructions(text):
            if step.word == "FROM":
                name = step.text.rpartition(" AS ")[2]
                skipping = name in ready
                self._begin(name, files=ready.get(name, {}))
            elif not self._stages:
                self._declare(step, self._global)
            elif not skipping:
                self._carry_out(step)
        return self.image

    def _begin(self, name: str, *, files: Mapping[str, Path]) -> None:
        if self._stages:
            last = list(self._stages)[-1]
            aside = self._place / last
            if self.image.root.exists():
                self.image.root.rename(aside)
            self.image.root = aside
        self.image = Image(self._place / "image", arguments=dict(self._global))
        self._stages[name] = self.image
        if files:
            for path, source in files.items():
                target = self.image.place(path)
                target.parent.mkdir(parents=True)
                target.symlink_to(source)
            return
        pip = [] if name == "tools" else ["--without-pip"]
        local = self.image.place("/usr/local")
        subprocess.run([sys.executable, "-m", "venv", *pip, local], check=True, timeout=SECONDS)
        self.image.place("/tmp").mkdir()
        self.image.environment["PATH"] = f"/usr/local/bin:{os.defpath}"

    def _carry_out(self, step: Instruction) -> None:
        image = self.image
        match step.word:
            case "ARG":
                self._declare(step, image.arguments)
            case "ENV":
                image.environment |= self._pairs(step.text)
            case "LABEL":
                image.labels |= self._pairs(step.text)
            case "WORKDIR":
                image.workdir = step.text
                image.place(".").mkdir(parents=True, exist_ok=True)
            case "COPY":
                self._copy(step)
            case "RUN":
                self._run(step.text)
            case "CMD" | "ENTRYPOINT" | "EXPOSE" | "HEALTHCHECK" | "STOPSIGNAL" | "USER" | "VOLUME":
                image.said[step.word] = step.text
            case _:
                raise AssertionError(f"this builder does not know {step.word}")

    def _declare(self, step: Instruction, into: dict[str, str]) -> None:
        name, _, default = step.text.partition("=")
        into[name] = self._given.get(name, default)

    def _filled(self, text: str) -> str:
        known = {**self.image.arguments, **self.image.environment}
        return VARIABLE.sub(lambda found: known[found[1] or found[2]], text)

    def _pairs(self, text: str) -> dict[str, str]:
        words = [word.partition("=") for word in WORDS.findall(text)]
        return {name: self._filled(value.strip('"')) for name, _, value in words}

    def _copy(self, step: Instruction) -> None:
        *sources, target = shlex.split(self._filled(step.text))
        if "from" in step.flags:
            stage = self._stages[step.flags["from"]]
            for source in sources:
                _move(stage.place(source), self.image.place(target))
        else:
            for source in sources:
                self._take_in(self._context / source, self.image.place(target))
        owner = step.flags.get("chown")
        if owner is not None and os.geteuid() == 0:
            os.chown(self.image.place(target), *map(int, owner.split(":")))

    def _take_in(self, source: Path, target: Path) -> None:
        files = [path for path in self._files if path == source or source in path.parents]
        assert files, f"COPY {source.name}: .dockerignore leaves it out"
        for path in files:
            goal = target if path == source else target / path.relative_to(source)
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, goal)

    def _run(self, command: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-euc", self.mapped(command)],
            cwd=self.image.place("."),
            env=self.variables(self.image.arguments),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise StepFailed(f"RUN {command}\n{done.stdout}{done.stderr}")

    def mapped(self, text: str) -> str:
        """A text in which the paths of the image are those on this machine."""
        return PLACES.sub(f"{self.image.root}/", text)

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command in the image."""
        ours = {name: self.mapped(value) for name, value in {**more, **self.image.environment}.items()}
        return {**ours, **self._environment}


def _move(source: Path, target: Path) -> None:
    """What one stage takes from another it takes once: a copy of everything would cost a minute."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.resolve())
    else:
        source.rename(target)
