"""How people decide for a channel, the same on Slack and Discord: Mina administers everything, Sam nothing."""

from typing import Any

from adapters.choosing import TEXTS
from tests.fakes.discord.permissions import Permission
from tests.integration.conformance import OnDiscord, OnSlack, Place, Platform, told
from tests.integration.people import on_discord

CHANGED, REFUSED = "바꿨어요", "can change that"


def administered(there: Platform) -> None:
    """Mina looks after the workspace, and Sam after nothing."""
    if isinstance(there, OnSlack):
        there.fake.general.creator = ""
        there.fake.mina.is_admin = True
        return
    fake = on_discord(there).fake
    role = fake.new_role("administrators", permissions=int(Permission.ADMINISTRATOR))
    fake.give_role(fake.mina, role)


async def decide(there: Platform, *, place: Place | None = None, **form: str) -> Any:
    """Mina fills in the settings of a channel; what she is told."""
    before = len([one for one in there.answers() if there.private(one)])
    if isinstance(there, OnSlack):
        await _fill_in(there, place or there.general, form)
    else:
        await _command(on_discord(there), place or there.general, form)
    return await told(there, "", count=before + 1, where=there.private)


async def try_to_decide(there: Platform) -> Any:
    """Sam wants to turn the bot off; what he is told."""
    if isinstance(there, OnSlack):
        await there.fake.command("/saseo", "settings", user=there.fake.sam).settled()
    else:
        fake = on_discord(there).fake
        await fake.slash("settings", {"enabled": False}, user=fake.sam).settled()
    return await told(there, "", where=there.private)


async def _fill_in(there: OnSlack, place: Place, form: dict[str, str]) -> None:
    fake = there.fake
    fake.command("/saseo", "settings", channel=place.id, user=fake.mina)
    view = await fake.until(lambda: fake.modal_of(fake.mina), what="a window")
    values = {
        name: {name: {"value": value} if name in TEXTS else {"selected_option": {"value": value}}}
        for name, value in form.items()
    }
    await fake.submit(view, values).settled()


async def _command(there: OnDiscord, place: Place, form: dict[str, str]) -> None:
    fake = there.fake
    switches = {"on": True, "off": False}
    options = {name: switches.get(value, value) for name, value in form.items() if name not in TEXTS}
    written = {name: value for name, value in form.items() if name in TEXTS}
    before = len(there.answers(place))
    asked = fake.slash("settings", options, channel=place.id, user=fake.mina)
    await asked.settled()
    if written:
        shown = await fake.until(lambda: there.answers(place)[before:], what="the settings")
        await fake.until(lambda: shown[0].components, what="a button")
        pressed = fake.press(shown[0], "saseo:settings", user=fake.mina)
        await pressed.settled()
        await fake.submit_modal(pressed, written).settled()
