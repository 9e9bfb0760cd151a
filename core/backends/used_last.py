"""Keeps the values that were used last, so that what is asked for again and again is read once."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Generic, TypeVar

PASSAGES = 16_384
"""Passages that a store keeps in memory."""
DOCUMENTS = 8192
"""Documents that a store keeps in memory: two kilobytes each, unless they have much metadata."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class UsedLast(Generic[Key, Value]):
    """The values that were used last, at most `size`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """A value that is kept."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def keep(self, values: Mapping[Key, Value]) -> None:
        """Keeps these, dropping those that were not used for longest."""
        self._values.update(values)
        while len(self._values) > self._size:
            self._values.popitem(last=False)

    def drop(self, key: Key) -> Value | None:
        """Drops a value and returns it, where it was kept."""
        return self._values.pop(key, None)
