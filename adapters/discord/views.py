"""Buttons and the dialogue as discord.py sends them. What is pressed is recognised by its id."""

from typing import TYPE_CHECKING

from adapters.choosing import TEXTS, chosen, labelled
from adapters.discord.components import SETTINGS, WHY, component_id
from adapters.discord.outbound import Post
from core.channels import ChannelSettings
from core.messages import render

if TYPE_CHECKING:
    from discord.ui import Modal, View

REASON_LIMIT = 1000
LABEL_LIMIT = 80
FIELD_LIMIT = 4000
"""Characters of a field, by Discord's rule."""


def view_of(post: Post) -> "View | None":
    """The buttons below a message. They need no registering, so they work after a restart."""
    if not post.buttons:
        return None
    from discord import ButtonStyle
    from discord.ui import Button, View

    styles = {"plain": ButtonStyle.secondary, "primary": ButtonStyle.primary}
    view: View = View(timeout=None)
    for button in post.buttons:
        label = f"{button.emoji} {button.label}".strip()[:LABEL_LIMIT]
        view.add_item(Button(style=styles[button.style], label=label, custom_id=button.id))
    return sent(view)


def reasons(question: str, *, locale: str) -> "Modal":
    """The dialogue that asks what was missing in an answer."""
    from discord import TextStyle
    from discord.ui import Modal, TextInput

    dialogue: Modal = Modal(title=render("discord_desk.why_title", locale), custom_id=component_id(WHY, question))
    dialogue.add_item(
        TextInput(
            label=render("discord_desk.why_label", locale),
            style=TextStyle.paragraph,
            required=False,
            max_length=REASON_LIMIT,
            custom_id="reason",
        )
    )
    dialogue.stop()
    return dialogue


def writing(settings: ChannelSettings, *, locale: str) -> "Modal":
    """The dialogue for the settings that are written. What is longer than a field may be stays as it is."""
    from discord import TextStyle
    from discord.ui import Modal, TextInput

    dialogue: Modal = Modal(title=render("channels.texts", locale), custom_id=component_id(SETTINGS))
    shown = chosen(settings)
    for name, limit in TEXTS.items():
        if len(shown[name]) <= FIELD_LIMIT:
            dialogue.add_item(
                TextInput(
                    label=labelled(name, locale),
                    style=TextStyle.paragraph,
                    required=False,
                    default=shown[name] or None,
                    placeholder=render(f"channels.example_{name}", locale),
                    max_length=min(limit, FIELD_LIMIT),
                    custom_id=name,
                )
            )
    dialogue.stop()
    return dialogue


def sent(view: "View") -> "View":
    """A view that discord.py need not remember."""
    view.stop()
    return view
