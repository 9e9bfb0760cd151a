"""Where Slack sends events, commands and interactions over HTTP, and where people install the app."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from adapters.slack.installing import Arrivals

EVENTS, COMMANDS, INTERACTIONS = "/slack/events", "/slack/commands", "/slack/interactions"
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"
NOT_YET = 503
BAD_REQUEST = 400


def routes(app: "Callable[[], AsyncApp | None] | None", arrivals: "Callable[[], Arrivals | None] | None") -> APIRouter:
    """Routes to the app and to the installation while they are there; before and after, people and Slack are asked to
    come again. What is None has no routes at all."""
    router = APIRouter(include_in_schema=False)

    async def receive(request: Request) -> Response:
        """Bolt proves every request by its signature."""
        from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response

        running = app() if app is not None else None
        if running is None:
            return Response(status_code=NOT_YET)
        try:
            asked = to_async_bolt_request(request, await request.body())
        except ValueError:
            return Response(status_code=BAD_REQUEST)
        return to_starlette_response(await running.async_dispatch(asked))

    async def install(request: Request) -> Response:
        open_now = arrivals() if arrivals is not None else None
        return Response(status_code=NOT_YET) if open_now is None else open_now.offer(request)

    async def redirected(request: Request) -> Response:
        open_now = arrivals() if arrivals is not None else None
        return Response(status_code=NOT_YET) if open_now is None else await open_now.welcome(request)

    if app is not None:
        for path in (EVENTS, COMMANDS, INTERACTIONS):
            router.add_api_route(path, receive, methods=["POST"])
    if arrivals is not None:
        router.add_api_route(INSTALL, install, methods=["GET"])
        router.add_api_route(REDIRECT, redirected, methods=["GET"])
    return router
