"""Interactions of the fake Discord: who may answer what, how often and how long, and what people see of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fakes.discord import FakeDiscord, Interaction
from tests.integration.discord_clients import Bot, Caller, Shown, bare, calling
from tests.integration.discord_running import connected, fake_discord

ASK: dict[str, Any] = {
    "name": "ask",
    "type": 1,
    "description": "Asks",
    "name_localizations": {"ko": "질문"},
    "options": [
        {"name": "question", "description": "What", "type": 3, "required": True, "autocomplete": True},
        {"name": "file", "description": "Which", "type": 11},
    ],
}
DEFERRED = {"type": 5}


@asynccontextmanager
async def registered() -> AsyncIterator[tuple[FakeDiscord, Caller]]:
    """A fake in which `/ask` is registered and a connection listens."""
    async with fake_discord() as fake, bare(fake) as client, calling(fake) as call:
        await client.identify(fake)
        await fake.gateway.ready()
        status, _ = await call("PUT", f"/applications/{fake.world.application_id}/commands", json=[ASK])
        assert status == 200
        yield fake, call


def callback(asked: Interaction) -> str:
    return f"/interactions/{asked.id}/{asked.token}/callback"


def webhook(fake: FakeDiscord, asked: Interaction) -> str:
    return f"/webhooks/{fake.world.application_id}/{asked.token}"


async def test_the_first_answer_has_three_seconds() -> None:
    async with registered() as (fake, call):
        asked = fake.slash("ask", {"question": "why?"})
        fake.clock.advance(3.1)
        await asked.settled()
        assert asked.problem == "The application did not respond"
        assert await call.code("POST", callback(asked), json=DEFERRED) == (404, 10062)


async def test_nothing_is_acknowledged_twice() -> None:
    async with registered() as (fake, call):
        asked = fake.slash("ask", {"question": "why?"})
        assert await call("POST", callback(asked), json=DEFERRED) == (204, "")
        assert await call.code("POST", callback(asked), json=DEFERRED) == (400, 40060)
        wrong = f"/interactions/{asked.id}/wrong/callback"
        assert await call.code("POST", wrong, json=DEFERRED) == (404, 10062)


async def test_a_token_lives_for_fifteen_minutes() -> None:
    async with registered() as (fake, call):
        asked = fake.slash("ask", {"question": "why?"})
        place = webhook(fake, asked)
        assert await call.code("POST", place, json={"content": "early"}) == (404, 10015)
        await call("POST", callback(asked), json=DEFERRED)
        assert (await call("PATCH", f"{place}/messages/@original", json={"content": "one"}))[0] == 200
        assert (await call("POST", place, json={"content": "two"}, params={"wait": "true"}))[1]["content"] == "two"
        fake.clock.advance(15 * 60 + 1)
        for method, path in (("PATCH", f"{place}/messages/@original"), ("POST", place)):
            assert await call.code(method, path, json={"content": "late"}) == (401, 50027)
        assert [one.content for one in fake.answers()] == ["one", "two"]


async def test_the_first_followup_after_a_deferral_takes_its_place() -> None:
    async with registered() as (fake, call):
        asked = fake.slash("ask", {"question": "why?"})
        await call("POST", callback(asked), json=DEFERRED | {"data": {"flags": 64}})
        await call("POST", webhook(fake, asked), json={"content": "because"})
        assert asked.original is not None
        assert (asked.original.content, asked.original.ephemeral_to) == ("because", fake.mina.id)
        _, second = await call("POST", f"{webhook(fake, asked)}?wait=1", json={"content": "and"})
        assert second["message_reference"]["message_id"] == asked.original.id
        path = f"{webhook(fake, asked)}/messages/{second['id']}"
        assert (await call("GET", path))[1]["content"] == "and"
        assert await call("DELETE", path) == (204, "")
        assert await call.code("GET", path) == (404, 10008)
        ephemeral = f"/channels/{fake.general.id}/messages/{asked.original.id}"
        assert await call.code("GET", ephemeral) == (404, 10008)


async def test_a_callback_tells_of_its_message_where_that_is_wanted() -> None:
    async with registered() as (fake, call):
        asked = fake.slash("ask", {"question": "why?"})
        _, told = await call("POST", f"{callback(asked)}?with_response=1", json={"type": 4, "data": {"content": "so"}})
        assert told["interaction"]["response_message_ephemeral"] is False
        assert told["resource"]["message"]["content"] == "so"
        assert told["resource"]["message"]["interaction_metadata"]["user"]["username"] == "mina"


@pytest.mark.parametrize(
    "answer", [{"type": 8, "data": {"choices": []}}, {"type": 6}, {"type": 1}, {"type": 7, "data": {"content": "x"}}]
)
async def test_an_answer_that_does_not_fit_is_refused(answer: dict[str, Any]) -> None:
    async with registered() as (fake, call):
        asked = fake.slash("ask", {"question": "why?"})
        assert await call.code("POST", callback(asked), json=answer) == (400, 50035)


async def test_an_unknown_command_or_option_cannot_be_used() -> None:
    async with registered() as (fake, _):
        with pytest.raises(KeyError, match="the app registered"):
            fake.slash("nothing")
        with pytest.raises(KeyError, match="no option"):
            fake.slash("ask", {"why": 1})
        with pytest.raises(ValueError, match="required"):
            fake.slash("ask")
        with pytest.raises(ValueError, match="too long"):
            fake.slash("ask", {"question": "x" * 6001})
        with pytest.raises(ValueError, match="no autocomplete"):
            fake.autocomplete("ask", "file")
        with pytest.raises(KeyError, match="no subcommand"):
            fake.slash("ask me")
        assert fake.slash("질문", {"question": "왜?"}).body["data"]["name"] == "ask"


async def test_an_app_that_only_a_person_installed_has_five_followups() -> None:
    async with registered() as (fake, call):
        elsewhere = fake.new_guild("Elsewhere", members=["mina"], bot=False)
        place = fake.new_channel("there", guild=elsewhere)
        asked = fake.slash("ask", {"question": "why?"}, channel=place, user="mina")
        assert asked.owners == {"1": fake.mina.id}
        await call("POST", callback(asked), json={"type": 4, "data": {"content": "0"}})
        path = webhook(fake, asked)
        fake.limits.off = True
        assert [(await call("POST", path, json={"content": str(one)}))[0] for one in range(5)] == [204] * 5
        assert await call.code("POST", path, json={"content": "5"}) == (400, 40094)
        fake.set_permissions("@everyone", 1 << 10 | 1 << 11 | 1 << 16, guild=elsewhere)
        private = fake.slash("ask", {"question": "why?"}, channel=place)
        await call("POST", callback(private), json={"type": 4, "data": {"content": "quiet"}})
        assert private.original is not None
        assert private.original.ephemeral_to == fake.mina.id


async def test_two_hundred_commands_may_be_created_in_a_day() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        path = f"/applications/{fake.world.application_id}/guilds/{fake.guild.id}/commands"
        fake.limits.off = True

        def commands(start: int, count: int) -> list[dict[str, Any]]:
            return [{"name": f"c{one}", "description": "x"} for one in range(start, start + count)]

        for start in (0, 100):
            assert (await call("PUT", path, json=commands(start, 100)))[0] == 200
        assert (await call("PUT", path, json=commands(100, 100)))[0] == 200
        assert await call.code("PUT", path, json=commands(300, 1)) == (400, 30034)
        assert len((await call("GET", path))[1]) == 100
        fake.clock.advance(24 * 3600 + 1)
        assert (await call("PUT", path, json=commands(300, 1)))[0] == 200
        double = [{"name": "same", "description": "x"}] * 2
        assert await call.code("PUT", path, json=double) == (400, 50035)
        assert await call.code("PUT", path, json=commands(0, 101)) == (400, 30032)


class Rating(discord.ui.Modal, title="What was wrong?"):
    reason: discord.ui.TextInput["Rating"] = discord.ui.TextInput(label="Reason", custom_id="reason")

    async def on_submit(self, interaction: Shown) -> None:
        await interaction.response.send_message(f"thank you: {self.reason.value}", ephemeral=True)


class Buttons(discord.ui.View):
    @discord.ui.button(label="Good", custom_id="good:1")
    async def good(self, interaction: Shown, button: discord.ui.Button["Buttons"]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="thank you", view=self)

    @discord.ui.button(label="Bad", custom_id="bad:1")
    async def bad(self, interaction: Shown, _: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.send_modal(Rating())

    @discord.ui.select(custom_id="kind", options=[discord.SelectOption(label="A"), discord.SelectOption(label="B")])
    async def kind(self, interaction: Shown, select: discord.ui.Select["Buttons"]) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"chosen {select.values[0]}")


class Rich(Bot):
    """Has everything that a person can use: a command with offers and a file, a menu, buttons, a modal."""

    def __init__(self) -> None:
        super().__init__()
        self.tree.command(name="add", description="Adds")(add)
        self.tree.add_command(app_commands.ContextMenu(name="Ask about this", callback=about))
        group = app_commands.Group(name="sources", description="Documents")
        group.command(name="list", description="Lists")(listed)
        self.tree.add_command(group)

    async def setup_hook(self) -> None:
        self.add_view(Buttons(timeout=None))
        await super().setup_hook()


async def offers(interaction: Shown, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed} {one}", value=str(one)) for one in range(3)]


@app_commands.autocomplete(title=offers)
async def add(interaction: Shown, title: str, file: discord.Attachment | None = None) -> None:
    data = (await file.read()).decode() if file else ""
    await interaction.response.send_message(f"{title} {data}", view=Buttons(timeout=None))


async def about(interaction: Shown, message: discord.Message) -> None:
    await interaction.response.send_message(f"about {message.content}")


async def listed(interaction: Shown) -> None:
    await interaction.response.send_message("none")


async def test_autocomplete_offers_choices() -> None:
    async with fake_discord() as fake, connected(fake, Rich()):
        typed = await fake.autocomplete("add", "title", "han").settled()
        assert typed.choices == [{"name": f"han {one}", "value": str(one)} for one in range(3)]


async def test_commands_take_files_and_subcommands_and_menus_take_messages() -> None:
    async with fake_discord() as fake, connected(fake, Rich()):
        fake.slash("add", {"title": "Plan", "file": ("plan.txt", "the plan")})
        await fake.posted("Plan the plan")
        fake.slash("sources list")
        await fake.posted("none")
        fake.context_menu("Ask about this", fake.say("this"), user="sam")
        assert (await fake.posted("about this")).type == 23


async def test_buttons_selects_and_modals_work() -> None:
    async with fake_discord() as fake, connected(fake, Rich()):
        fake.slash("add", {"title": "Plan"})
        shown = await fake.posted("Plan")
        bad = await fake.press(shown, "bad:").settled()
        with pytest.raises(ValueError, match="filled in"):
            fake.submit_modal(bad, {})
        sent = await fake.submit_modal(bad, {"reason": "too short"}).settled()
        assert sent.original is not None
        assert sent.original.content == "thank you: too short"
        assert sent.original.ephemeral_to == fake.mina.id
        await fake.press(shown, "kind", values=["B"]).settled()
        assert (await fake.posted("chosen B")).referenced is shown
        await fake.press(shown, "Good", user="sam").settled()
        assert shown.content == "thank you"
        with pytest.raises(ValueError, match="disabled"):
            fake.press(shown, "Good")
        with pytest.raises(KeyError, match="no button"):
            fake.press(shown, "nothing")
        with pytest.raises(ValueError, match="no modal"):
            fake.submit_modal(sent, {})


async def test_commands_work_in_direct_messages() -> None:
    async with fake_discord() as fake, connected(fake, Rich()):
        place = fake.direct("sam")
        fake.slash("ask", {"question": "why?"}, channel=place)
        assert (await fake.posted("en-US: why?")).channel is place
