"""Fetches links for the library without being led to private addresses."""

from core.backends.web.fetch import WebFetcher

__all__ = ["WebFetcher"]
