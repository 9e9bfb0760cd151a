#!/usr/bin/env python3
"""Ends with 0 when the bot in this container is healthy and with 1 when it is not; a slim image has no curl.

With `--alive` any answer will do: a service behind the bot that is away is no reason to end the bot.
"""

import http.client
import json
import os
import sys

PATIENCE = 8.0
"""Seconds; less than the time-out of the health check, so that the reason is seen."""


def look(port: int, *, alive: bool = False) -> str | None:
    """What is wrong with the bot on this port of this machine; None: nothing, or it is `alive` at least."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        services = json.loads(response.read())["services"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return f"no answer on port {port}: {error}"
    finally:
        connection.close()
    if alive or response.status == http.client.OK:
        return None
    return "; ".join(f"{name}: {state}" for name, state in services.items() if state != "healthy")


def main() -> int:
    """Looks once."""
    trouble = look(int(os.environ.get("API_PORT") or 8000), alive="--alive" in sys.argv[1:])
    if trouble is not None:
        print(trouble)
    return 0 if trouble is None else 1


if __name__ == "__main__":
    sys.exit(main())
