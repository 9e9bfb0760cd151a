"""Builds the FastAPI application: routes, guards and the one shape of every error."""

import logging
from collections.abc import Sequence

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from adapters.http import (
    audit_routes,
    backup_routes,
    channel_routes,
    chat_routes,
    document_routes,
    question_routes,
    subject_routes,
    system_routes,
)
from adapters.http.condition import Condition
from adapters.http.console.desk import add_console
from adapters.http.console.house import House
from adapters.http.guard import OPEN, Guarded, Local, Shaped, Watched
from adapters.http.insight import Insight
from adapters.http.schemas import Problem
from adapters.http.state import locale
from adapters.http.stats import Traffic
from adapters.http.status import status_of
from core.errors import Refused, SaseoError
from core.messages import render
from core.saseo import Saseo

log = logging.getLogger(__name__)

BUSY_SECONDS = 60
FILES_AT_ONCE = 4
"""Files of the largest size that one request may bring; smaller ones may be more."""
AROUND = 1024 * 1024
"""Bytes for what surrounds the files in a request."""


def create_app(
    saseo: Saseo,
    *,
    version: str,
    token: str | None,
    max_file_bytes: int,
    house: House | None = None,
    insight: Insight | None = None,
    condition: Condition | None = None,
    origins: Sequence[str] = (),
    open_routes: Sequence[APIRouter] = (),
    local_only: bool = False,
    request_level: int = logging.DEBUG,
) -> FastAPI:
    """The application for one core. `max_file_bytes` is the largest file that is read. `open_routes` prove their
    requests themselves and ask for no token. `house` says who may come into the console; None: whoever has the token.
    `insight` says who may look at what was asked, `condition` how the process is. With `local_only`, and without a
    token, only this machine's own names are answered. Requests are logged at `request_level`."""
    app = FastAPI(
        title="Saseo",
        version=version,
        description="Answers questions from your documents, with numbered sources.",
        responses={code: {"model": Problem} for code in (401, 413, 422, 503)},
    )
    app.state.saseo = saseo
    app.state.max_file_bytes = max_file_bytes
    app.state.insight = insight or Insight()
    app.state.condition = condition or Condition()
    app.state.traffic = traffic = Traffic(saseo)
    for router in (
        system_routes.router,
        system_routes.watched,
        chat_routes.router,
        document_routes.router,
        question_routes.router,
        channel_routes.router,
        backup_routes.router,
        subject_routes.router,
        audit_routes.router,
    ):
        app.include_router(router)
    for router in open_routes:
        app.include_router(router)
    add_console(app, house=House(token) if house is None else house)
    app.exception_handler(SaseoError)(_saseo_error)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(Exception)(_bug)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=FILES_AT_ONCE * max_file_bytes + AROUND)
    app.add_middleware(Shaped)
    unguarded = [route.path for router in open_routes for route in router.routes if isinstance(route, APIRoute)]
    if token is not None:
        app.add_middleware(Guarded, token=token, open_paths=OPEN | frozenset(unguarded))
    elif local_only:
        app.add_middleware(Local, open_paths=frozenset(unguarded))
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(Watched, traffic=traffic, level=request_level)
    return app


def problem(detail: str, *, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error in the one shape that errors have."""
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)


async def _saseo_error(request: Request, error: SaseoError) -> JSONResponse:
    return problem(error.text(locale(request)), status=status_of(error), headers=_when(error))


def _when(error: SaseoError) -> dict[str, str] | None:
    """When to try again, where that may help."""
    if isinstance(error, Refused):
        minutes = error.details.get("minutes")
        return {"Retry-After": str(minutes * 60)} if isinstance(minutes, int) else None
    return {"Retry-After": str(BUSY_SECONDS)}


async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    """Says where the first fault is, without repeating what was sent."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])[:200].encode("utf-8", "replace").decode()
    return problem(f"{where}: {fault['msg']}", status=422)


async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
    return problem(str(error.detail), status=error.status_code, headers=dict(error.headers or {}))


async def _bug(request: Request, error: Exception) -> JSONResponse:
    log.error("bug in %s", request.url.path, exc_info=error)
    return problem(render("http.bug", locale(request)), status=500)
