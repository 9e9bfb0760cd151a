"""Fetches links for the library without being led to private addresses."""
