"""The routes of Discord's REST that the fake has, by method and template."""

from collections.abc import Mapping

from tests.fakes.discord.rest import Handler
from tests.fakes.discord.routes import application, guilds, interactions, messages, oauth, threads, webhooks

ROUTES: Mapping[str, Handler] = {
    **application.ROUTES,
    **guilds.ROUTES,
    **messages.ROUTES,
    **threads.ROUTES,
    **interactions.ROUTES,
    **webhooks.ROUTES,
    **oauth.ROUTES,
}
