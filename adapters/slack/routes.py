"""Where Slack sends events, commands and interactions over HTTP. Bolt proves every request by its signature."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

EVENTS, COMMANDS, INTERACTIONS = "/slack/events", "/slack/commands", "/slack/interactions"
NOT_YET = 503
BAD_REQUEST = 400


def routes(app: "Callable[[], AsyncApp | None]") -> APIRouter:
    """Routes to the app while there is one; before and after, Slack is asked to come again."""
    router = APIRouter(include_in_schema=False)

    async def receive(request: Request) -> Response:
        from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response

        running = app()
        if running is None:
            return Response(status_code=NOT_YET)
        try:
            asked = to_async_bolt_request(request, await request.body())
        except ValueError:
            return Response(status_code=BAD_REQUEST)
        return to_starlette_response(await running.async_dispatch(asked))

    for path in (EVENTS, COMMANDS, INTERACTIONS):
        router.add_api_route(path, receive, methods=["POST"])
    return router
