#!/usr/bin/env python3
"""Starts a release of Saseo with Docker Compose, waits until it is healthy, and goes back by itself when it is not.

Needs Python 3.11, Docker with Compose 2.20 or later, and nothing else. Exit codes: 0 done; 1 a step failed and what
runs was not touched; 2 called wrongly, or a setting is wrong; 3 unhealthy, so the release before it runs again;
4 unhealthy, and somebody has to look; 5 another deployment is under way; 130 interrupted.
"""

import argparse
import fcntl
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

if not __package__:
    # Run as a program, this file would be found in place of the folder of the same name.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from deploy.steps import (
    BUSY,
    DONE,
    INTERRUPTED,
    ROLES,
    ROOT,
    STUCK,
    WENT_BACK,
    WRONG,
    Options,
    Step,
    logs,
    preparation,
    starting,
    tagging,
)

LOCK = "saseo-deploy.lock"
PROFILES = ("redis", "postgres", "chroma")
SECRETS = (
    "api_token",
    "discord_client_secret",
    "discord_token",
    "langsmith_api_key",
    "openai_api_key",
    "pinecone_api_key",
    "postgres_password",
    "secret_key",
    "slack_app_token",
    "slack_bot_token",
    "slack_client_secret",
    "slack_signing_secret",
)
BY_HAND = """What to do now:
  SASEO_IMAGE={image}:current docker compose --file deploy/compose.yaml logs {services}
says what is wrong, and
  docker image ls {image}
which releases are on this machine. To start one of them:
  docker tag {image}:RELEASE {image}:current
  SASEO_IMAGE={image}:current {start}
What Saseo keeps is in the volume saseo_data; no deployment changes or removes it."""


class Stopped(Exception):
    """The end of a deployment that did not succeed: what to say, and the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Shell:
    """Runs the commands in the repository, or only prints them."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def run(self, step: Step) -> bool:
        """Whether the step succeeded."""
        say(f"\n{step.title}:\n  $ {shlex.join(step.command)}")
        if self._options.dry_run:
            return True
        environment = {**os.environ, **step.variables}
        try:
            done = subprocess.run(step.command, cwd=self._options.root, env=environment, check=False)
        except OSError as error:
            say(f"{step.command[0]}: {error.strerror}")
            return False
        return done.returncode == 0

    def must(self, step: Step) -> None:
        """Runs a step. Raises Stopped where it fails."""
        if not self.run(step):
            raise Stopped(f"Failed: {step.title}. Nothing that runs was touched.", step.code)

    def start(self) -> bool:
        """Whether what is called `current` runs and is healthy."""
        return all(self.run(step) for step in starting(self._options))

    def ask(self, *command: str) -> str | None:
        """What a command says that changes nothing; None where it failed."""
        try:
            done = subprocess.run(command, cwd=self._options.root, capture_output=True, text=True, check=False)
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    def image(self, tag: str) -> str | None:
        """The id of the image with this tag. A dry run asks nobody and takes it to be there."""
        if self._options.dry_run:
            return f"ID_OF_{tag}"
        return self.ask("docker", "image", "inspect", "--format", "{{.Id}}", self._options.named(tag))


def say(text: str) -> None:
    """Tells the user."""
    print(text, flush=True)


def deploy(options: Options, shell: Shell) -> None:
    """Makes a release and starts it. Raises Stopped."""
    release = options.tag or name_of_release(options, shell)
    version = tomllib.loads((options.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    make_secrets(options)
    for step in preparation(options, release=release, version=version):
        shell.must(step)
    running, before = shell.image("current"), shell.image("previous")
    if running is not None and running != shell.image(release):
        shell.must(tagging(options, running, "previous"))
    shell.must(tagging(options, options.named(release), "current"))
    healthy = shell.start()
    if options.dry_run:
        say(f"\n{release} would run now. Were it not healthy:")
    elif healthy:
        say(f"\n{release} runs and is healthy.")
        return
    shell.run(logs(options))
    go_back(options, shell, running=running, before=before, release=release)


def go_back(options: Options, shell: Shell, *, running: str | None, before: str | None, release: str) -> None:
    """Starts what ran until now, and gives `previous` back its place. Raises Stopped: the release did not succeed."""
    if running is None:
        raise Stopped(f"{release} is not healthy, and there is no release to go back to.\n{by_hand(options)}", STUCK)
    if not (shell.run(tagging(options, running, "current")) and shell.start()):
        raise Stopped(f"{release} is not healthy, and neither is the release before it.\n{by_hand(options)}", STUCK)
    if before is not None:
        shell.run(tagging(options, before, "previous"))
    if options.dry_run:
        return
    raise Stopped(f"{release} was not healthy; the release before it runs again and is healthy.", WENT_BACK)


def roll_back(options: Options, shell: Shell) -> None:
    """Starts the release before the running one; done twice, the two change places again. Raises Stopped."""
    running, previous = shell.image("current"), shell.image("previous")
    if previous is None or previous == running:
        raise Stopped("There is no release to go back to.", WRONG)
    shell.must(tagging(options, previous, "current"))
    if running is not None:
        shell.must(tagging(options, running, "previous"))
    if not shell.start():
        shell.run(logs(options))
        raise Stopped(f"The release before this one is not healthy.\n{by_hand(options)}", STUCK)
    say("\nThe release before runs again and is healthy." if not options.dry_run else "\nIt would run now.")


def by_hand(options: Options) -> str:
    """What to do where this program can do no more."""
    *_, start = starting(options)
    services = shlex.join(options.services)
    return BY_HAND.format(image=options.image, services=services, start=shlex.join(start.command))


def name_of_release(options: Options, shell: Shell) -> str:
    """The commit, marked where there is more than it. Raises Stopped where production may not have that."""
    commit = shell.ask("git", "rev-parse", "--short=12", "HEAD")
    changed = commit is None or bool(shell.ask("git", "status", "--porcelain"))
    if options.target == "production" and changed and not options.allow_dirty:
        raise Stopped("There are changes that are not committed. Commit them, or say --allow-dirty.", WRONG)
    return f"{commit or 'unknown'}{'-dirty' if changed else ''}"


def make_secrets(options: Options) -> None:
    """Makes an empty file for each secret that is not there, because Compose wants every one; locally also a token."""
    folder = options.root / "deploy" / "secrets"
    missing = [folder / name for name in SECRETS if not (folder / name).exists()]
    if missing:
        say(f"\nmake {', '.join(path.name for path in missing)} in deploy/secrets")
    if options.dry_run:
        return
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in missing:
        # The password is one that only the two containers know; who may use the API in production is said by somebody.
        made = path.name == "postgres_password" or (path.name == "api_token" and options.target == "local")
        path.write_text(secrets.token_hex(32) if made else "", encoding="ascii")
        # The folder is closed to everybody else; in the container, another user has to read the file.
        path.chmod(0o644)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lets one deployment at a time run on this machine. Raises Stopped where another one runs."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Stopped(f"{folder / LOCK} cannot be opened: {error.strerror}.", BUSY) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Stopped("Another deployment is under way. Wait until it has ended.", BUSY) from None
    finally:
        os.close(descriptor)


def options_from(arguments: Sequence[str]) -> Options:
    """What the command line says; argparse ends the process with 2 where that is wrong."""
    parser = argparse.ArgumentParser(prog="deploy.py", description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("target", choices=("local", "production", "rollback"), help="what to do")
    add("--image", default="saseo", help="name of the image; with a registry's host it is pushed (default: saseo)")
    add("--tag", help="start this release, which is in the registry, instead of making one")
    add("--lock", default="requirements.lock", choices=("requirements.lock", "requirements-all.lock"))
    add("--profile", action="append", default=[], choices=PROFILES, help="start this service too; repeatable")
    add("--role", action="append", default=[], choices=ROLES, help="start a process for this role alone; repeatable")
    add("--skip", action="append", default=[], choices=("tests", "doctor"), help="leave this step out; repeatable")
    add("--wait", type=int, default=180, help="seconds for the start (default: 180)")
    add("--dry-run", action="store_true", help="print every step and run none")
    add("--allow-dirty", action="store_true", help="take what is not committed to production")
    given = vars(parser.parse_args(arguments))
    profiles, roles, skip = (tuple(given.pop(name)) for name in ("profile", "role", "skip"))
    return Options(**given, profiles=profiles, roles=roles, skip=skip)


def main(arguments: Sequence[str], *, root: Path = ROOT, locks: Path | None = None) -> int:
    """Does what the command line says in the repository at `root`; the exit code."""
    options = replace(options_from(arguments), root=root)
    work = roll_back if options.target == "rollback" else deploy
    try:
        if options.dry_run:
            work(options, Shell(options))
        else:
            with alone(locks or Path(tempfile.gettempdir())):
                work(options, Shell(options))
    except Stopped as stopped:
        say(f"\n{stopped}")
        return stopped.code
    except KeyboardInterrupt:
        say("\nInterrupted. Run the same again, or deploy.py rollback.")
        return INTERRUPTED
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
