"""The dialogue for what is written in the settings of a channel in Discord."""

import discord
import pytest

from adapters.discord.views import FIELD_LIMIT, writing
from core.channels import ChannelSettings
from core.messages import LOCALES


@pytest.mark.parametrize("locale", LOCALES)
async def test_discord_takes_the_dialogue_in_every_language(locale: str) -> None:
    made = writing(ChannelSettings(instructions="Name the page.", sources=("public", "upload:")), locale=locale)
    assert len(made.title) <= 45
    fields = [field for field in made.children if isinstance(field, discord.ui.TextInput)]
    assert [(field.custom_id, field.default) for field in fields] == [
        ("instructions", "Name the page."),
        ("sources", "public\nupload:"),
    ]
    for field in fields:
        assert 0 < len(str(field.to_component_dict()["label"])) <= 45
        assert 0 < len(field.placeholder or "") <= 100
        assert (field.max_length or 0) <= FIELD_LIMIT
        assert not field.required


async def test_what_is_longer_than_a_field_is_not_in_the_dialogue() -> None:
    many = ChannelSettings(sources=tuple(f"https://{number}.example/{'x' * 400}" for number in range(12)))
    fields = [field for field in writing(many, locale="en").children if isinstance(field, discord.ui.TextInput)]
    assert [field.custom_id for field in fields] == ["instructions"]
