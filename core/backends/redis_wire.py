"""What everything on Redis has in common: how long a key lives, and how errors are told."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from core.backends.written import lifetime
from core.errors import Unavailable


def milliseconds(seconds: float) -> int:
    """A time to live as the server counts it."""
    return math.ceil(lifetime(seconds) / 1000)


@contextmanager
def translating() -> Iterator[None]:
    """Tells every error of the client and of the network as Unavailable."""
    from redis.exceptions import ChildDeadlockedError, IncorrectPolicyType, RedisClusterException, RedisError

    try:
        yield
    except (RedisError, RedisClusterException, ChildDeadlockedError, IncorrectPolicyType, OSError) as error:
        raise Unavailable("store.redis") from error
