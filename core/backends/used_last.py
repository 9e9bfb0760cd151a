"""Keeps the values that were used last, so that what is asked for again and again is read once."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
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

    def some(self, keys: Iterable[Key]) -> dict[Key, Value]:
        """The values of these keys, as far as they are kept: at once, since a question asks for hundreds."""
        get = self._values.get
        found = {key: value for key in keys if (value := get(key)) is not None}
        for key in found:
            self._values.move_to_end(key)
        return found

    def keep(self, values: Mapping[Key, Value]) -> None:
        """Keeps these, dropping those that were not used for longest."""
        self._values.update(values)
        while len(self._values) > self._size:
            self._values.popitem(last=False)

    def drop(self, key: Key) -> Value | None:
        """Drops a value and returns it, where it was kept."""
        return self._values.pop(key, None)
