"""Installs the app in a workspace: the page with the button, and what happens when Slack sends the person back."""

import asyncio
import ipaddress
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urljoin

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from adapters.slack.api import Api, Declined, Unclear
from adapters.slack.farewell import Farewells
from adapters.slack.inbound import word
from adapters.slack.manifest import BOT_SCOPES
from adapters.slack.tokens import Permission, expiry
from adapters.slack.webpages import HEADERS, page, preferred
from adapters.slack.workspaces import PLATFORM
from core.errors import Refused, SaseoError
from core.installations import Installation
from core.saseo import Saseo
from core.types import digest

log = logging.getLogger(__name__)

COOKIE = "saseo-slack-install"
PATH = "/slack"
LIFETIME = timedelta(minutes=10)
"""How long somebody may take to agree."""
PURPOSE = "slack install"
BROWSER = re.compile(r"[A-Za-z0-9_-]{32}")
LONGEST = 2000
"""Characters of a state or a code."""
AT_ONCE = 8
NOTHING: Mapping[str, object] = {}
OK, BAD_REQUEST, FORBIDDEN, BAD_GATEWAY = 200, 400, 403, 502


class Turned(Exception):
    """Nothing is installed; `code` says why, to the person."""

    def __init__(self, code: str, status: int, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.details = details


@dataclass(slots=True)
class Arrivals:
    """Lets workspaces in. A state is sealed, bound to the browser by a cookie, and good for one use in its time."""

    saseo: Saseo
    permission: Permission
    api: Api
    """Without a token of its own."""
    farewells: Farewells
    clock: Callable[[], datetime]
    api_url: str
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    def offer(self, request: Request) -> Response:
        """The page with the button that leads to Slack."""
        known = request.cookies.get(COOKIE, "")
        # One browser may have the page open twice.
        browser = known if BROWSER.fullmatch(known) else secrets.token_urlsafe(24)
        response = _page(request, "install.lead", OK, link=self._leads_to(self._state(browser)), button="install.add")
        response.set_cookie(
            COOKIE,
            browser,
            max_age=round(LIFETIME.total_seconds()),
            path=PATH,
            httponly=True,
            samesite="lax",
            secure=not _on_this_machine(request),
        )
        return response

    async def welcome(self, request: Request) -> Response:
        """What Slack sends people to when they have agreed, or have not."""
        try:
            await self._check(request.query_params, request.cookies.get(COOKIE, ""))
            async with self.room:
                installed = await self._install(request.query_params.get("code", ""))
        except Turned as turned:
            log.info("not installed: %s", turned.code)
            return _page(request, turned.code, turned.status, button="install.again", details=turned.details)
        except SaseoError as error:
            log.warning("not installed: %s", error.code)
            return _page(request, "install.trouble", BAD_GATEWAY, button="install.again")
        where = {"team": installed.workspace, "app": word(installed.about, "app")}
        link = f"https://slack.com/app_redirect?{urlencode(where)}"
        name = word(installed.about, "team") or installed.workspace
        response = _page(request, "install.done", OK, link=link, button="install.open", details={"team": name})
        response.delete_cookie(COOKIE, path=PATH)
        return response

    def _state(self, browser: str) -> str:
        until = (self.clock() + LIFETIME).timestamp()
        kept = {"for": PURPOSE, "browser": digest(browser), "until": until}
        return self.saseo.seal.close(json.dumps(kept))

    def _leads_to(self, state: str) -> str:
        from slack_sdk.oauth import AuthorizeUrlGenerator

        generator = AuthorizeUrlGenerator(
            client_id=self.permission.client_id,
            redirect_uri=self.permission.redirect_url,
            scopes=BOT_SCOPES,
            authorization_url=urljoin(self.api_url, "../oauth/v2/authorize"),
        )
        return generator.generate(state)

    async def _check(self, query: Mapping[str, str], browser: str) -> None:
        """Raises Turned unless somebody agreed, and the state was made here, for this browser, not long ago, and is
        used for the first time."""
        if "error" in query:
            raise Turned("install.denied", OK)
        state = query.get("state", "")
        opened = self.saseo.seal.open(state) if 0 < len(state) <= LONGEST else None
        kept = json.loads(opened) if opened is not None else {}
        if kept.get("for") != PURPOSE:
            raise Turned("install.wrong", BAD_REQUEST)
        if self.clock().timestamp() > kept["until"]:
            raise Turned("install.expired", BAD_REQUEST)
        if not secrets.compare_digest(digest(browser), kept["browser"]):
            raise Turned("install.other_browser", BAD_REQUEST)
        key, seconds = f"{PURPOSE}:{digest(state)}", LIFETIME.total_seconds()
        if not await self.saseo.claims.claim(key, seconds=seconds):
            raise Turned("install.used", BAD_REQUEST)

    async def _install(self, code: str) -> Installation:
        try:
            told = await self._exchanged(code)
            await self._let_in(told)
            who = await self.api.call("auth.test", token=word(told, "access_token"))
        except Declined as error:
            raise Turned("install.failed", BAD_REQUEST, error=error.error) from error
        except Refused as error:
            raise Turned("install.failed", BAD_REQUEST, error=error.details.get("error", error.code)) from error
        except Unclear as error:
            raise Turned("install.trouble", BAD_GATEWAY) from error
        fresh = self._installation(told, who)
        await self.farewells.over(fresh.workspace)
        await self.saseo.installations.save(fresh)
        self.farewells.workspaces.replace(fresh)
        log.info("installed in the workspace %s", fresh.workspace)
        return fresh

    async def _exchanged(self, code: str) -> Mapping[str, Any]:
        if not 0 < len(code) <= LONGEST:
            raise Turned("install.wrong", BAD_REQUEST)
        return await self.api.call(
            "oauth.v2.access",
            client_id=self.permission.client_id,
            client_secret=self.permission.client_secret,
            code=code,
            redirect_uri=self.permission.redirect_url,
        )

    async def _let_in(self, told: Mapping[str, Any]) -> None:
        """Raises Turned where this workspace may not have the app, and gives the token back."""
        team = _part(told, "team")
        if told.get("is_enterprise_install") is True or not word(team, "id"):
            turned = Turned("install.organisation", FORBIDDEN)
        elif self.permission.workspaces and word(team, "id") not in self.permission.workspaces:
            turned = Turned("install.not_allowed", FORBIDDEN, team=word(team, "name") or word(team, "id"))
        else:
            return
        await self.api.call("auth.revoke", token=word(told, "access_token"))
        raise turned

    def _installation(self, told: Mapping[str, Any], who: Mapping[str, Any]) -> Installation:
        team, at = _part(told, "team"), self.clock()
        about = {
            "team": word(team, "name"),
            "user": word(who, "user_id") or word(told, "bot_user_id"),
            "bot": word(who, "bot_id"),
            "app": word(told, "app_id"),
            "scopes": word(told, "scope"),
        }
        return Installation(
            platform=PLATFORM,
            workspace=word(team, "id"),
            token=word(told, "access_token"),
            about=about,
            refresh_token=word(told, "refresh_token"),
            expires_at=expiry(told.get("expires_in"), at=at),
            installed_at=at,
        )


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, Mapping) else {}


def _page(
    request: Request,
    code: str,
    status: int,
    *,
    button: str,
    link: str = "install",
    details: Mapping[str, object] = NOTHING,
) -> HTMLResponse:
    locale = preferred(request.headers.get("accept-language", ""))
    return HTMLResponse(page(code, locale, link=link, button=button, **details), status, headers=HEADERS)


def _on_this_machine(request: Request) -> bool:
    """Whether the browser sees an address of its own machine, where there is no TLS."""
    host = request.url.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
