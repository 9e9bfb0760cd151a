"""What one namespace of the fake Pinecone holds: a log of writes, and records that follow it."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

NAMED = 10_000
"""Values that one `$in` may have."""

Records = dict[str, dict[str, Any]]
Change = Callable[[Records], None]


class Wrong(Exception):
    """A request that Pinecone refuses with 400."""


@dataclass(slots=True)
class _Waiting:
    """A write that was acknowledged and is not seen yet."""

    change: Change
    reads: int


@dataclass(slots=True, eq=False)
class Namespace:
    """Records by id."""

    written: int = 0
    """The place of the last write in the log."""
    records: Records = field(default_factory=dict)
    waiting: deque[_Waiting] = field(default_factory=deque)

    @property
    def indexed(self) -> int:
        """The place in the log up to which the records have followed."""
        return self.written - len(self.waiting)

    def write(self, change: Change, *, lag: int) -> int:
        """Acknowledges a write, which is seen after `lag` reads, and returns its place in the log."""
        self.written += 1
        self.waiting.append(_Waiting(change, lag))
        return self.written

    def read(self) -> Records:
        """The records as a reader sees them now."""
        while self.waiting and self.waiting[0].reads <= 0:
            self.waiting.popleft().change(self.records)
        for one in self.waiting:
            one.reads -= 1
        return self.records

    def nearest(self, body: Mapping[str, Any], metric: str) -> list[dict[str, Any]]:
        """The best matches of a query, best first."""
        where, asked = body.get("filter", {}), np.array(body["vector"])
        seen = [one for one in self.records.values() if passes(one.get("metadata", {}), where)]
        scored = sorted(((_score(asked, np.array(one["values"]), metric), one) for one in seen), key=lambda it: -it[0])
        return [_match(one, score, body) for score, one in scored[: body["topK"]]]


def passes(metadata: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Whether metadata passes a filter. Raises Wrong for one that Pinecone does not know."""
    return all(_passes(metadata, name, wanted) for name, wanted in where.items())


def _passes(metadata: Mapping[str, Any], name: str, wanted: Any) -> bool:
    if name == "$and":
        return all(passes(metadata, part) for part in wanted)
    if name.startswith("$"):
        raise Wrong(f"the operator {name} is not known here")
    if not isinstance(wanted, dict):
        return bool(metadata.get(name) == wanted)
    return all(_holds(metadata.get(name), operator, value) for operator, value in wanted.items())


def _holds(found: Any, operator: str, value: Any) -> bool:
    if operator == "$eq":
        return bool(found == value)
    if operator != "$in":
        raise Wrong(f"the operator {operator} is not known here")
    if not isinstance(value, list) or not 0 < len(value) <= NAMED:
        raise Wrong("$in takes 1 to 10000 values")
    return found in value


def _score(asked: Any, values: Any, metric: str) -> float:
    product = float(asked @ values)
    return product if metric == "dotproduct" else product / float(np.linalg.norm(asked) * np.linalg.norm(values))


def _match(one: Mapping[str, Any], score: float, body: Mapping[str, Any]) -> dict[str, Any]:
    found = {"id": one["id"], "score": score, "values": one["values"] if body.get("includeValues") else []}
    return {**found, "metadata": one.get("metadata", {})} if body.get("includeMetadata") else found
