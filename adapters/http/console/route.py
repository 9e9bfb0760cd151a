"""What every route of the console shares: guarding headers, the cookie of the visit, and errors as pages."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute

from adapters.http.console.pages import HEADERS, language, page
from adapters.http.console.visits import COOKIE, LONGEST
from adapters.http.status import status_of
from core.errors import SaseoError
from core.messages import render

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class NotSignedIn(Exception):
    """Somebody has to sign in first."""


class NotOurPage(Exception):
    """A change that was not asked for on one of our pages."""


class ConsoleRoute(APIRoute):
    """A route of the console."""

    def get_route_handler(self) -> Handler:
        """The handler, with what every route shares around it."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = await handler(request)
            except NotSignedIn:
                response = _to_the_door(request)
            except NotOurPage:
                response = trouble(request, render("console.not_our_page", language(request)), status=403)
            except SaseoError as error:
                response = trouble(request, error.text(language(request)), status=status_of(error))
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            if (cookie := getattr(request.state, "cookie", None)) is not None:
                _set(response, cookie, request)
            return response

        return guarded


def trouble(request: Request, detail: str, *, status: int) -> Response:
    """An error, as a page for a person and as JSON for a script."""
    if wants_page(request):
        return page(request, "trouble.html", status=status, detail=detail)
    return JSONResponse({"detail": detail}, status_code=status)


def wants_page(request: Request) -> bool:
    """Whether a person is to look at the answer."""
    return "text/html" in request.headers.get("accept", "")


def _to_the_door(request: Request) -> Response:
    if wants_page(request):
        return RedirectResponse(request.url_for("door"), status_code=303)
    return JSONResponse({"detail": render("console.signed_out", language(request))}, status_code=401)


def _set(response: Response, cookie: str, request: Request) -> None:
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(LONGEST.total_seconds()),
        path="/console",
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
