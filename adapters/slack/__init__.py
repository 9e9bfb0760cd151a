"""Slack: mentioned, it answers once, in the thread, with sources."""
