"""How Pinecone's SDK calls: bounded in time, patient with a busy server, and attentive to how fresh an answer is.

Importing this module imports the SDK, so it is imported where an index is opened.
"""

import threading
from typing import Any

from pinecone.openapi_support.api_client import ApiClient
from pinecone.openapi_support.rest_urllib3 import Urllib3RestClient
from urllib3 import BaseHTTPResponse, Retry

from core.backends.pinecone_place import LONGEST_PAUSE, RETRIES, TIMEOUT

WRITTEN = "x-pinecone-request-lsn"
INDEXED = "x-pinecone-max-indexed-lsn"
"""A write is answered with its place in the log, a query with the place up to which it has seen the log."""


class Patience(Retry):
    """Waits as long as the server asks for, up to a limit."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Seconds, or None where the server asks for none."""
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, LONGEST_PAUSE)


class BoundedWire(Urllib3RestClient):
    """The SDK waits for ever unless each call says otherwise, and LangChain's calls do not.

    A redirect is not followed: the key would go with it.
    """

    def __init__(self, client: ApiClient) -> None:
        client.configuration.retries = Patience(
            total=RETRIES,
            redirect=False,
            status_forcelist=(429, 500, 502, 503, 504),
            allowed_methods=None,
            backoff_factor=0.2,
            backoff_max=LONGEST_PAUSE,
            raise_on_status=False,
        )
        super().__init__(client.configuration)
        self._told = threading.local()

    def request(self, *details: Any, **more: Any) -> Any:
        """As the SDK's own."""
        self._told.headers = {}
        response = super().request(*details, **{**more, "_request_timeout": TIMEOUT})  # type: ignore[no-untyped-call]
        self._told.headers = response.getheaders()
        return response

    def told(self, name: str) -> int | None:
        """The number in this header of the last answer in this thread."""
        text = str(self._told.headers.get(name, ""))
        return int(text) if text.isdecimal() else None

    def close(self) -> None:
        """Lets go of the connections."""
        self.pool_manager.clear()


def bound(client: ApiClient) -> BoundedWire:
    """Puts bounds on everything that this client of the SDK will call."""
    wire = BoundedWire(client)
    client.rest_client = wire
    return wire
