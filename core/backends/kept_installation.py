"""An installation as the stores close it: one form, so that what is sealed moves from one store to another."""

import json

from core.backends.written import micros, moment
from core.installations import Installation


def write_installation(installation: Installation) -> str:
    """What is closed of it."""
    expires_at = installation.expires_at
    return json.dumps(
        {
            "token": installation.token,
            "about": installation.about,
            "refresh_token": installation.refresh_token,
            "expires_at": None if expires_at is None else micros(expires_at),
            "installed_at": micros(installation.installed_at),
        }
    )


def read_installation(platform: str, workspace: str, opened: str) -> Installation:
    """What `write_installation` wrote."""
    kept = json.loads(opened)
    expires_at = kept["expires_at"]
    return Installation(
        platform=platform,
        workspace=workspace,
        token=kept["token"],
        about=kept["about"],
        refresh_token=kept["refresh_token"],
        expires_at=None if expires_at is None else moment(expires_at),
        installed_at=moment(kept["installed_at"]),
    )
