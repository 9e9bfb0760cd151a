"""Secrets as files, the way Docker, Kubernetes and systemd hand them over; a file has the name of its variable."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import SecretsSettingsSource

DOCKER = Path("/run/secrets")
SYSTEMD = "CREDENTIALS_DIRECTORY"


def secret_directories(docker: Path = DOCKER) -> list[Path]:
    """Where this process was handed secrets; a later one goes before an earlier one."""
    places = [docker, Path(os.environ.get(SYSTEMD, ""))]
    return [place for place in places if place.is_absolute() and place.is_dir()]


class SecretFiles(SecretsSettingsSource):
    """The values of files. An empty file counts as not set, as an empty variable does."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value of a setting, or None; the other two as in the class above."""
        value, key, is_complex = super().get_field_value(field, field_name)
        return value or None, key, is_complex
