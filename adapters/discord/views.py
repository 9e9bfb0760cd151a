"""Buttons and the dialogue as discord.py sends them. What is pressed is recognised by its id."""

from typing import TYPE_CHECKING

from adapters.discord.components import WHY, component_id
from adapters.discord.outbound import Post
from core.messages import render

if TYPE_CHECKING:
    from discord.ui import Modal, View

REASON_LIMIT = 1000
LABEL_LIMIT = 80


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


def sent(view: "View") -> "View":
    """A view that discord.py need not remember."""
    view.stop()
    return view
