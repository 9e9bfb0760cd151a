"""A client of the Web API for the app itself: it has no token and asks for tokens."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse


class AppClient(AsyncWebClient):
    """Sends the app's secret in the body: the SDK's own way to put it into a header is deprecated in aiohttp."""

    async def oauth_v2_access(self, **arguments: Any) -> AsyncSlackResponse:
        """Exchanges a code or a refresh token for a token."""
        return await self.api_call("oauth.v2.access", data=arguments)

    async def openid_connect_token(self, **arguments: Any) -> AsyncSlackResponse:  # type: ignore[override]
        """Exchanges the code of somebody who signed in for what Slack says of them."""
        return await self.api_call("openid.connect.token", data=arguments)
