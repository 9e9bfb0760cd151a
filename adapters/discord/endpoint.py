"""Where Discord is: the one module that tells discord.py of another REST API and gateway than Discord's own."""

from urllib.parse import urlsplit

API_URL = "https://discord.com/api/v10"
GATEWAY_URL = "wss://gateway.discord.gg/"
API_PATH = "/api/v10"
"""What discord.py speaks."""


def connect_to(api_url: str | None, gateway_url: str | None) -> None:
    """Has every client of this process use these addresses; None: Discord's own."""
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    Route.BASE = api_address(api_url)
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url or GATEWAY_URL)


def api_address(url: str | None) -> str:
    """The address that paths are put behind: an address without a path gets that of the API's version 10."""
    if url is None:
        return API_URL
    bare = url.rstrip("/")
    return bare + API_PATH if not urlsplit(bare).path else bare
