"""The token URLs of OAuth2, which take forms alone."""

from collections.abc import Callable

from tests.fakes.discord.identifying import TOKEN_SECONDS, Refusal
from tests.fakes.discord.interacting import Interacting
from tests.fakes.discord.rest import Answer, Ask, Handler

FORM = "application/x-www-form-urlencoded"


def refused(carry_out: Callable[[Interacting, Ask], Answer]) -> Handler:
    """Refusals as OAuth has them."""

    def handle(discord: Interacting, ask: Ask) -> Answer:
        if ask.media_type != FORM:
            return _told("invalid_request")
        try:
            return carry_out(discord, ask)
        except Refusal as refusal:
            return _told(str(refusal))

    return handle


def _told(error: str) -> Answer:
    status = 401 if error == "invalid_client" else 400
    return Answer({"error": error, "error_description": "refused by the fake"}, status)


@refused
def token(discord: Interacting, ask: Ask) -> Answer:
    given, bearer = discord.exchange(ask.form)
    scope = " ".join(sorted(bearer.scopes))
    told = {"access_token": given, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
    return Answer(told | {"refresh_token": "refresh", "scope": scope})


@refused
def revoke(discord: Interacting, ask: Ask) -> Answer:
    discord.check_client(ask.form)
    discord.bearers.pop(ask.form.get("token", ""), None)
    return Answer({})


ROUTES: dict[str, Handler] = {"POST /oauth2/token": token, "POST /oauth2/token/revoke": revoke}
