"""One file per vendor, each behind a port of core.ports."""
