"""Embedded models: no key, no network, their weights come with the installation."""

from core.backends.embedded.bilingual import EmbeddedEmbedder

__all__ = ["EmbeddedEmbedder"]
