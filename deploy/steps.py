"""The steps of a deployment as plain values: which command, with which variables, and what its failure means."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DONE, FAILED, WRONG, WENT_BACK, STUCK, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
"""Exit codes."""
AWAY = ("CHROMA_URL", "DATABASE_URL", "REDIS_URL", "VECTORSTORE_TYPE")
"""What the check of the settings leaves alone: these are in use, and the start itself waits for them."""
BOT = "bot"
"""The service that plays every role."""
ROLES = ("web", "slack", "discord", "scheduler", "worker")
"""Those that play one each, in its place."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be started, and how."""

    target: str
    image: str = "saseo"
    tag: str | None = None
    lock: str = "requirements.lock"
    profiles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    wait: int = 180
    dry_run: bool = False
    allow_dirty: bool = False
    root: Path = ROOT

    def named(self, tag: str) -> str:
        """The image with this tag."""
        return f"{self.image}:{tag}"

    @property
    def services(self) -> tuple[str, ...]:
        """The services that are the program."""
        return self.roles or (BOT,)

    @property
    def has_registry(self) -> bool:
        """Whether the name of the image begins with the host of a registry."""
        host, slash, _ = self.image.partition("/")
        return bool(slash) and ("." in host or ":" in host or host == "localhost")


@dataclass(frozen=True, slots=True)
class Step:
    """One command: what it is for, and the exit code of the deployment when it fails."""

    title: str
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    code: int = FAILED


def compose(options: Options, image: str, title: str, *words: str, code: int = FAILED) -> Step:
    """A command of Docker Compose for our services, with this image."""
    file = ("--file", "deploy/compose.yaml")
    settings = ("--env-file", ".env") if (options.root / ".env").is_file() else ()
    profiles = _repeated("--profile", options.profiles)
    command = ("docker", "compose", *settings, *file, *profiles, *words)
    return Step(title, command, {"SASEO_IMAGE": image, "SASEO_LOCK": options.lock}, code)


def preparation(options: Options, *, release: str, version: str) -> list[Step]:
    """Everything that can fail before anything that runs is touched."""
    image = options.named(release)
    steps = [
        Step("look for Docker", ("docker", "version", "--format", "{{.Server.Version}}")),
        compose(options, image, "check deploy/compose.yaml and .env", "config", "--quiet", code=WRONG),
        *_making(options, image, release=release, version=version),
    ]
    if "doctor" not in options.skip:
        variables = ("DATA_DIR=/tmp/check", *(f"{name}=" for name in AWAY))
        words = ("run", "--rm", "--no-deps", "--no-TTY", *_repeated("--env", variables), BOT, "doctor")
        steps.append(compose(options, image, "check the settings, tokens and keys", *words, code=WRONG))
    if options.tag is None and options.target == "production" and options.has_registry:
        steps.append(Step("push the image", ("docker", "push", image)))
    return steps


def _making(options: Options, image: str, *, release: str, version: str) -> Iterator[Step]:
    if options.tag is not None:
        yield Step("fetch the image", ("docker", "pull", image))
        return
    if "tests" not in options.skip:
        whole = options.target == "production"
        yield Step("run the tests", ("make", "test") if whole else ("make", "test", "ARGS=-q tests/unit"))
    words = _repeated("--build-arg", (f"LOCK={options.lock}", f"VERSION={version}", f"REVISION={release}"))
    yield Step("build the image", ("docker", "build", "--file", "deploy/Dockerfile", "--tag", image, *words, "."))


def _repeated(flag: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for value in values for word in (flag, value))


def tagging(options: Options, source: str, tag: str) -> Step:
    """Gives an image another tag."""
    return Step(f"call it {tag}", ("docker", "tag", source, options.named(tag)))


def starting(options: Options) -> list[Step]:
    """Starts what is called `current`, and waits until every service is healthy. Where each role is a service of its
    own, the one that plays all of them goes first: it has their port."""
    image = options.named("current")
    title, words = (
        "start it and wait until it is healthy",
        ("--no-build", "--wait", "--wait-timeout", str(options.wait)),
    )
    start = compose(options, image, title, "up", "--detach", *words, *options.roles)
    if not options.roles:
        return [start]
    return [compose(options, image, "end the process that plays every role", "rm", "--stop", "--force", BOT), start]


def logs(options: Options) -> Step:
    """The last lines of the bot."""
    words = ("logs", "--no-color", "--tail", "50", *options.services)
    return compose(options, options.named("current"), "see what it said", *words)
