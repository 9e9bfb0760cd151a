"""Reads the text of files: one pure function a type, run in guarded child processes."""

from core.backends.reading.limits import Limits
from core.backends.reading.pool import GuardedReader

__all__ = ["GuardedReader", "Limits"]
