"""Which roles a process plays, and how each is made."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr

from adapters.contract import ActsAlone, Role
from bot.settings import Settings
from core.errors import Refused

if TYPE_CHECKING:
    from adapters.discord.options import Options as DiscordOptions
    from adapters.http.condition import Condition
    from adapters.slack.adapter import Options, SlackAdapter
    from adapters.slack.tokens import Permission
    from bot.troubles import Troubles
    from core.jobs import Jobs
    from core.saseo import Saseo

HTTP = "http"
SLACK = "slack"
DISCORD = "discord"
SCHEDULER = "scheduler"
WORKER = "worker"
ROLES = (HTTP, SLACK, DISCORD, SCHEDULER, WORKER)
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


def chosen(only: str | None, settings: Settings) -> tuple[str, ...]:
    """The roles that are configured, or just those that were named. Raises Refused for one that cannot be played."""
    names = configured(settings) if only is None else _named(only)
    if SLACK in names and not settings.has_slack:
        raise Refused("run.slack_token")
    if SLACK in names and settings.slack_app_token is None and HTTP not in names:
        raise Refused("run.slack_needs_http")
    if DISCORD in names and settings.discord_token is None:
        raise Refused("discord_connection.no_token")
    if WORKER in names and not settings.shares_stores:
        raise Refused("run.worker_alone")
    return names


def configured(settings: Settings) -> tuple[str, ...]:
    """The roles that these settings ask for."""
    wanted = {
        HTTP: True,
        SLACK: settings.has_slack,
        DISCORD: settings.discord_token is not None,
        SCHEDULER: settings.refresh_interval > 0,
        WORKER: settings.shares_stores,
    }
    return tuple(name for name in ROLES if wanted[name])


def _named(only: str) -> tuple[str, ...]:
    named = [name.strip() for name in only.split(",") if name.strip()]
    for name in named:
        if name not in ROLES:
            raise Refused("run.unknown_role", name=name, known=", ".join(ROLES))
    if not named:
        raise Refused("run.unknown_role", name=only, known=", ".join(ROLES))
    return tuple(name for name in ROLES if name in named)


def build(
    saseo: "Saseo", settings: Settings, names: tuple[str, ...], *, troubles: "Troubles | None" = None
) -> list[Role]:
    """The roles with these names. Slack comes in through the API's server where it comes over HTTP. `troubles` are what
    the console shows of what went wrong."""
    slack = _slack(saseo, settings) if SLACK in names else None
    roles: dict[str, Role] = {} if slack is None else {SLACK: slack}
    if HTTP in names:
        roles[HTTP] = _http(saseo, settings, slack, _condition(settings, roles, troubles))
    if DISCORD in names:
        roles[DISCORD] = _discord(saseo, settings)
    if SCHEDULER in names:
        roles[SCHEDULER] = _scheduler(saseo, settings)
    if WORKER in names and saseo.jobs is not None:
        roles[WORKER] = _worker(saseo, saseo.jobs)
    if not settings.delivers:
        saseo.noticing.nobody()
    watched = [] if settings.metrics_port is None else [_metrics(saseo, settings, settings.metrics_port)]
    return [*(roles[name] for name in names if name in roles), *watched]


def address(settings: Settings) -> str:
    """Where this machine reaches the API."""
    host = ANYWHERE.get(settings.api_host, settings.api_host)
    return f"http://[{host}]:{settings.api_port}" if ":" in host else f"http://{host}:{settings.api_port}"


def _condition(settings: Settings, roles: Mapping[str, Role], troubles: "Troubles | None") -> "Condition":
    """How this process is; the roles may still become more."""
    from adapters.http.condition import Condition, Found
    from bot.doctor import examine

    async def examined(locale: str) -> list[Found]:
        return [Found(finding.level, finding.text(locale)) async for finding in examine(settings)]

    return Condition(
        roles=lambda: {name: not isinstance(role, ActsAlone) or role.acts for name, role in roles.items()},
        troubles=tuple if troubles is None else troubles.latest,
        examine=examined,
    )


def _http(saseo: "Saseo", settings: Settings, slack: "SlackAdapter | None", condition: "Condition") -> Role:
    from adapters.http.adapter import HttpAdapter
    from adapters.http.api import create_app
    from adapters.http.insight import Insight
    from bot.entrance import house
    from bot.version import version

    app = create_app(
        saseo,
        version=version(),
        token=_text(settings.api_token),
        house=house(saseo, settings),
        insight=Insight(settings.question_texts, settings.prices),
        condition=condition,
        max_file_bytes=settings.max_file_bytes,
        request_level=logging.INFO if settings.api_debug else logging.DEBUG,
        origins=settings.api_cors_origins,
        open_routes=[slack.routes()] if slack is not None else [],
        local_only=settings.api_token is None,
    )
    return HttpAdapter(app, host=settings.api_host, port=settings.api_port)


def _metrics(saseo: "Saseo", settings: Settings, port: int) -> Role:
    """Beside whatever roles there are, so that a process without the API can be watched as well."""
    from adapters.http.adapter import HttpAdapter
    from adapters.http.watched import create_watched_app

    app = create_watched_app(saseo, token=_text(settings.api_token))
    return HttpAdapter(app, host=settings.metrics_host, port=port, name="metrics", taken="monitoring.port")


def _slack(saseo: "Saseo", settings: Settings) -> "SlackAdapter":
    from adapters.slack.adapter import SlackAdapter

    options = slack_options(settings)
    if options is None:
        raise Refused("run.slack_token")
    return SlackAdapter(saseo, options)


def slack_options(settings: Settings) -> "Options | None":
    """How these settings connect Slack; None where they do not."""
    from adapters.slack.adapter import SLACK_URL, Options
    from adapters.slack.inbound import Rules

    if not settings.has_slack:
        return None
    return Options(
        bot_token=_text(settings.slack_bot_token),
        app_token=_text(settings.slack_app_token),
        signing_secret=_text(settings.slack_signing_secret),
        permission=_permission(settings),
        api_url=settings.slack_api_url or SLACK_URL,
        session_scope=settings.session_scope,
        follow_up_hours=settings.thread_follow_up_hours,
        most_bytes=settings.max_file_bytes,
        rules=Rules(
            allowed_channels=frozenset(settings.slack_allowed_channels),
            blocked_channels=frozenset(settings.slack_blocked_channels),
            allowed_users=frozenset(settings.slack_allowed_users),
            blocked_users=frozenset(settings.slack_blocked_users),
            allowed_bots=frozenset(settings.slack_allowed_bots),
        ),
    )


def _discord(saseo: "Saseo", settings: Settings) -> Role:
    from adapters.discord.adapter import DiscordAdapter

    options = discord_options(settings)
    if options is None:
        raise Refused("discord_connection.no_token")
    return DiscordAdapter(saseo, options)


def discord_options(settings: Settings) -> "DiscordOptions | None":
    """How these settings connect Discord; None where they do not."""
    from adapters.discord.inbound import Rules
    from adapters.discord.options import Options

    token = _text(settings.discord_token)
    if token is None:
        return None
    return Options(
        token=token,
        data_dir=settings.data_dir,
        message_content=settings.discord_message_content,
        sharded=settings.discord_sharded,
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
        most_bytes=settings.max_file_bytes,
        session_scope=settings.session_scope,
        follow_up_hours=settings.thread_follow_up_hours,
        rules=Rules(
            allowed_channels=frozenset(settings.discord_allowed_channels),
            blocked_channels=frozenset(settings.discord_blocked_channels),
            allowed_users=frozenset(settings.discord_allowed_users),
            blocked_users=frozenset(settings.discord_blocked_users),
            allowed_bots=frozenset(settings.discord_allowed_bots),
        ),
    )


def _permission(settings: Settings) -> "Permission | None":
    from adapters.slack.tokens import Permission

    secret = _text(settings.slack_client_secret)
    if settings.slack_client_id is None or secret is None:
        return None
    return Permission(
        settings.slack_client_id,
        secret,
        redirect_url=settings.slack_redirect_url,
        workspaces=frozenset(settings.slack_allowed_workspaces),
    )


def _scheduler(saseo: "Saseo", settings: Settings) -> Role:
    """The one of all processes; where there are workers, they do what it decides."""
    from bot.acting import OneOfMany
    from bot.scheduler import Scheduler
    from core.leases import Owner
    from core.measured import MeasuredRefresher
    from core.refresh import Rhythm
    from core.refresh_jobs import QueuedRefresher, Refresher

    owner = Owner(saseo.leases, SCHEDULER)
    refresher: Refresher = MeasuredRefresher(saseo.roots, saseo.recorder)
    if saseo.jobs is not None:
        rhythm = Rhythm(settings.refresh_interval, settings.refresh_min, settings.refresh_max)
        refresher = QueuedRefresher(saseo.jobs, saseo.catalogue, rhythm)

    def make() -> Scheduler:
        hosts = saseo.roots.hosts
        return Scheduler(refresher, saseo.catalogue, hosts=hosts, acts=owner.holds, recorder=saseo.recorder)

    return OneOfMany(SCHEDULER, owner, make)


def _worker(saseo: "Saseo", jobs: "Jobs") -> Role:
    from bot.worker import Worker
    from core.measured import MeasuredRefresher
    from core.refresh_jobs import RefreshWork

    return Worker(jobs, RefreshWork(MeasuredRefresher(saseo.roots, saseo.recorder), saseo.catalogue))


def _text(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
