"""Platforms: each translates messages in, calls core and translates answers out."""
