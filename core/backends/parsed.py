"""Keys of passages from their text: the same ones are found again and again."""

from functools import lru_cache

from core.backends.used_last import PASSAGES
from core.types import PassageKey

parsed = lru_cache(maxsize=PASSAGES)(PassageKey.parse)
"""The key that `str()` spelled."""
