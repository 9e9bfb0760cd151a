"""Settings of the console: who signs in how, what they may do there, and how long it is known what they did."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode

from bot.setting_values import Listed, Secret, WebUrl, listed
from core.audit import DAYS

PERSON = re.compile(r"slack:[A-Z0-9]+:[A-Z0-9]+|discord:[0-9]+")


def _people(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(PERSON.fullmatch(one) for one in value):
        raise PydanticCustomError("person", "not a person")
    return value


People = Annotated[Listed, AfterValidator(_people)]
Ways = Annotated[tuple[Literal["slack", "discord"], ...], NoDecode, BeforeValidator(listed)]


class ConsoleSettings(BaseSettings):
    """People are named as `slack:T024BE91L:U024BE7LH` or `discord:80351110224678912`."""

    console_sign_in: Ways = ()
    """With what people sign in, beside the token; nothing: whoever has the token."""
    console_url: WebUrl | None = None
    """Where people reach the console from outside; None: as their browser says."""
    console_administrators: People = ()
    console_editors: People = ()
    discord_client_id: str | None = None
    discord_client_secret: Secret | None = None
    audit_days: int = Field(DAYS, ge=1, le=3650)
    """Days for which it is known who changed what."""
