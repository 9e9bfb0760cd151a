"""What the doctor looks at in Slack: the tokens, and the scopes that the app was given."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import aiohttp

from adapters.slack.adapter import Options
from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.inbound import word
from adapters.slack.tokens import Permission
from adapters.slack.transport import prove
from core.errors import SaseoError

NEEDED = {
    "chat:write": "slack.scope_answers",
    "app_mentions:read": "slack.scope_mentions",
    "channels:history": "slack.scope_threads",
    "groups:history": "slack.scope_threads",
    "mpim:history": "slack.scope_threads",
    "im:history": "slack.scope_direct",
    "channels:read": "slack.scope_readers",
    "groups:read": "slack.scope_readers",
    "mpim:read": "slack.scope_readers",
    "im:read": "slack.scope_readers",
    "users:read": "slack.scope_people",
    "assistant:write": "slack.scope_status",
    "commands": "slack.scope_commands",
    "files:read": "slack.scope_files",
    "reactions:write": "slack.scope_reactions",
}
"""What does not work without a scope."""
WRONG_CLIENT = frozenset({"invalid_client_id", "bad_client_secret"})


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that was looked at, as a text of the catalogues."""

    level: Literal["good", "note", "wrong"]
    code: str
    details: Mapping[str, object] = field(default_factory=dict)


async def look(options: Options) -> AsyncIterator[Look]:
    """Every finding. Asks Slack a few times and changes nothing."""
    from adapters.slack.app_client import AppClient

    async with aiohttp.ClientSession() as session:
        client = AppClient(token=options.bot_token, base_url=options.api_url, session=session, retry_handlers=[])
        api = Api(client)
        try:
            if options.bot_token is not None:
                async for seen in _token(api):
                    yield seen
            if options.permission is not None:
                async for seen in _permission(api, options.permission):
                    yield seen
            yield Look("note", "slack.found_events")
            if options.app_token is not None:
                await prove(api, options.app_token)
                yield Look("good", "slack.found_socket")
        except SaseoError as error:
            yield Look("wrong", error.code, error.details)
        except Declined as error:
            yield Look("wrong", "slack.token", {"error": error.error})
        except Unclear:
            yield Look("wrong", "slack.away", {"url": options.api_url})
    if options.signing_secret is not None:
        yield Look("note", "slack.found_http")


async def _token(api: Api) -> AsyncIterator[Look]:
    """Who the token is, and what it may not do."""
    told, granted = await api.granted()
    yield Look("good", "slack.found", {"team": word(told, "team") or "?", "user": word(told, "user") or "?"})
    for scope, code in NEEDED.items():
        if granted and scope not in granted:
            yield Look("wrong", code, {"scope": scope})


async def _permission(api: Api, permission: Permission) -> AsyncIterator[Look]:
    """Whether Slack knows the app by its id and secret: it looks at them before it looks at the code."""
    try:
        await api.call(
            "oauth.v2.access",
            client_id=permission.client_id,
            client_secret=permission.client_secret,
            code="saseo-doctor",
            redirect_uri=permission.redirect_url,
        )
    except Declined as error:
        if error.error in WRONG_CLIENT:
            yield Look("wrong", "slack.client", {"error": error.error})
            return
    yield Look("good", "slack.found_client")
    yield Look("note", "slack.found_install")
