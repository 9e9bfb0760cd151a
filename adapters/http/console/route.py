"""What every route of the console shares: who may pass, guarding headers, the cookie of the visit, errors as pages."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute

from adapters.http.console.house import is_secure
from adapters.http.console.pages import HEADERS, language, page
from adapters.http.console.rights import NotAllowed, NotOurPage, NotSignedIn, admit, right_of
from adapters.http.console.visiting import visitor
from adapters.http.console.visits import COOKIE, LONGEST
from adapters.http.deeds import deed, is_noted
from adapters.http.status import status_of
from core.errors import SaseoError
from core.messages import render
from core.people import Right

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BAD_REQUEST = 400


class ConsoleRoute(APIRoute):
    """A route of the console."""

    def get_route_handler(self) -> Handler:
        """The handler, with what every route shares around it."""
        handler, right = super().get_route_handler(), right_of(self.endpoint)

        async def guarded(request: Request) -> Response:
            try:
                # Before anything of the request is read.
                if right is not Right.ENTER:
                    request.state.visit = await visitor(request)
                    admit(request.state.visit, right)
                response = await handler(request)
                if response.status_code < BAD_REQUEST:
                    await self._note(request, right)
            except NotSignedIn:
                response = _to_the_door(request)
            except NotAllowed:
                response = trouble(request, render("console.not_allowed", language(request)), status=403)
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

    async def _note(self, request: Request, right: Right) -> None:
        """What a route has changed and has not said itself is noted by its name."""
        if request.method in SAFE or right < Right.EDIT or is_noted(request):
            return
        await deed(request, f"console.{self.name}", thing=" ".join(map(str, request.path_params.values())))


def trouble(request: Request, detail: str, *, status: int) -> Response:
    """An error, as a page for a person and as JSON for a script."""
    if wants_page(request):
        visit = getattr(request.state, "visit", None)
        return page(request, "trouble.html", status=status, visit=visit, detail=detail)
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
        secure=is_secure(request),
        samesite="strict",
    )
