"""Which roles a process plays, and how each is made."""

from typing import TYPE_CHECKING

from bot.run import Role
from bot.settings import MEGABYTE, Settings
from core.errors import Refused

if TYPE_CHECKING:
    from core.saseo import Saseo

HTTP = "http"
SCHEDULER = "scheduler"
ROLES = (HTTP, SCHEDULER)
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


def chosen(only: str | None, settings: Settings) -> tuple[str, ...]:
    """The roles that are configured, or just those that were named. Raises Refused for an unknown one."""
    if only is None:
        return ROLES if settings.refresh_interval else (HTTP,)
    named = [name.strip() for name in only.split(",") if name.strip()]
    for name in named:
        if name not in ROLES:
            raise Refused("run.unknown_role", name=name, known=", ".join(ROLES))
    if not named:
        raise Refused("run.unknown_role", name=only, known=", ".join(ROLES))
    return tuple(name for name in ROLES if name in named)


def build(saseo: "Saseo", settings: Settings, names: tuple[str, ...]) -> list[Role]:
    """The roles with these names."""
    makers = {HTTP: _http, SCHEDULER: _scheduler}
    return [makers[name](saseo, settings) for name in names]


def address(settings: Settings) -> str:
    """Where this machine reaches the API."""
    host = ANYWHERE.get(settings.api_host, settings.api_host)
    return f"http://[{host}]:{settings.api_port}" if ":" in host else f"http://{host}:{settings.api_port}"


def _http(saseo: "Saseo", settings: Settings) -> Role:
    from adapters.http.adapter import HttpAdapter
    from adapters.http.api import create_app
    from bot.version import version

    token = settings.api_token.get_secret_value() if settings.api_token is not None else None
    app = create_app(
        saseo,
        version=version(),
        token=token,
        # A megabyte for what surrounds the largest file in its request.
        max_body_bytes=settings.max_file_bytes + MEGABYTE,
        origins=settings.api_cors_origins,
    )
    app.debug = settings.api_debug
    return HttpAdapter(app, host=settings.api_host, port=settings.api_port)


def _scheduler(saseo: "Saseo", _: Settings) -> Role:
    from bot.scheduler import Scheduler

    return Scheduler(saseo.library, saseo.catalogue)
