"""Whether questions can be answered while some services do not work."""

from collections.abc import Mapping
from typing import Literal

Condition = Literal["healthy", "degraded", "unhealthy"]

NEEDED = (frozenset({"catalogue"}), frozenset({"vectors", "lexical"}))
"""Of each of these, one service has to work: documents are found by one arm of the search alone as well. Without any
other service answers are poorer, or forgotten sooner."""


def condition(working: Mapping[str, bool]) -> Condition:
    """`degraded`: something does not work, and questions are answered; `unhealthy`: they cannot be answered at all.

    `working` says of each service by its name whether it works.
    """
    if all(working.values()):
        return "healthy"
    for group in NEEDED:
        known = [working[name] for name in group if name in working]
        if known and not any(known):
            return "unhealthy"
    return "degraded"
