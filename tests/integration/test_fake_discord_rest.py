"""REST of the fake Discord: permissions, forms, pages, nonces, limits, and what is spoiled on purpose."""

import asyncio
import json
from io import BytesIO
from typing import Any

import aiohttp
import discord
import pytest

from tests.corpus import shared_data
from tests.fakes.discord import FakeDiscord, Fault, Overwrite, Permission
from tests.integration.discord_clients import Bot, calling
from tests.integration.discord_running import connected, fake_discord

MESSAGES = "POST /channels/{channel_id}/messages"


def messages(fake: FakeDiscord) -> str:
    return f"/channels/{fake.general.id}/messages"


async def test_what_the_bot_may_not_see_or_do_is_refused_as_discord_refuses_it() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        hidden = fake.new_channel("hidden", only=[fake.sam], bot=False)
        readonly = fake.new_channel("readonly")
        fake.overwrite(readonly, fake.guild.id, deny=int(Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY))
        forum = fake.new_channel("forum", kind="forum")
        away = fake.new_channel("away", guild=fake.new_guild("Away", bot=False))
        message = fake.say("hello")
        fake.say("old", channel=readonly)
        text = {"content": "x"}
        place = messages(fake)
        assert await call.code("POST", "/channels/1/messages", json=text) == (404, 10003)
        assert await call.code("POST", f"/channels/{hidden.id}/messages", json=text) == (403, 50001)
        assert await call.code("GET", f"/channels/{away.id}") == (403, 50001)
        assert await call.code("POST", f"/channels/{readonly.id}/messages", json=text) == (403, 50013)
        assert (await call("GET", f"/channels/{readonly.id}/messages"))[1] == []
        assert await call.code("POST", f"/channels/{forum.id}/messages", json=text) == (400, 50008)
        assert await call.code("GET", f"{place}/1") == (404, 10008)
        assert await call.code("PATCH", f"{place}/{message.id}", json=text) == (403, 50005)
        assert await call.code("DELETE", f"{place}/{message.id}") == (403, 50013)
        assert await call.code("POST", f"{place}/bulk-delete", json={"messages": ["1", "2"]}) == (403, 50013)
        assert await call.code("GET", f"/guilds/{fake.guild.id}/members/1") == (404, 10013)
        stranger = fake.new_user("stranger", guilds=[])
        assert await call.code("GET", f"/guilds/{fake.guild.id}/members/{stranger.id}") == (404, 10007)
        assert await call.code("GET", "/guilds/1") == (404, 10004)


async def test_a_moderator_deletes_one_or_many() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        fake.set_permissions("saseo", int(Permission.MANAGE_MESSAGES))
        first, second, third = (fake.say(str(one)) for one in range(3))
        assert await call("DELETE", f"{messages(fake)}/{first.id}") == (204, "")
        many = f"{messages(fake)}/bulk-delete"
        assert await call("POST", many, json={"messages": [second.id, third.id]}) == (204, "")
        assert fake.visible(fake.general) == []
        old = [fake.say(one).id for one in ("three", "four")]
        fake.clock.advance(15 * 24 * 3600)
        assert await call.code("POST", many, json={"messages": old}) == (400, 50034)


async def test_a_direct_message_is_opened_once_and_may_be_refused() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        opened = [await call("POST", "/users/@me/channels", json={"recipient_id": fake.sam.id}) for _ in range(2)]
        assert opened[0][1]["id"] == opened[1][1]["id"]
        path = f"/channels/{opened[0][1]['id']}/messages"
        assert (await call("POST", path, json={"content": "psst"}))[0] == 200
        fake.sam.accepts_direct = False
        assert await call.code("POST", path, json={"content": "psst"}) == (403, 50007)
        assert await call.code("POST", "/users/@me/channels", json={"recipient_id": "1"}) == (404, 10013)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"content": "가" * 2000}, 0),
        ({"content": "😀" * 2000}, 0),
        ({"content": "가" * 2001}, 50035),
        ({"content": ""}, 50006),
        ({"embeds": [{"description": "x" * 4096}]}, 0),
        ({"embeds": [{"description": "x" * 3001}] * 2}, 50035),
        ({"embeds": [{"fields": [{"name": "x", "value": ""}]}]}, 50035),
        ({"embeds": [{"footer": {"text": "x"}}], "flags": 4}, 0),
        ({"content": "x", "flags": 1 << 15}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": False}}, 0),
    ],
)
async def test_forms_are_as_long_as_discord_takes_them(form: dict[str, Any], code: int) -> None:
    async with fake_discord() as fake, calling(fake) as call:
        status, told = await call("POST", messages(fake), json=form)
        assert (status, told.get("code", 0)) == ((400, code) if code else (200, 0))


@pytest.mark.parametrize(
    "form", [{"content": 5}, {"content": "x", "embeds": [{"title": "x" * 257}]}, {"content": "x", "nonce": "x" * 26}]
)
@pytest.mark.corpus
async def test_what_is_not_as_described_fails_the_test(form: dict[str, Any]) -> None:
    shared_data("discord_openapi.json")
    with pytest.raises(AssertionError, match="request: "):
        await post(form)


async def post(form: dict[str, Any]) -> None:
    async with fake_discord() as fake, calling(fake) as call:
        await call("POST", messages(fake), json=form)


async def test_an_unknown_route_or_a_body_that_is_no_json_fails_the_test() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        assert (await call("GET", "/nowhere"))[0] == 404
        assert fake.violations == ["GET /api/v10/nowhere: the fake has no such route"]
        fake.violations.clear()
        headers = {"Authorization": f"Bot {fake.token}", "Content-Type": "application/json"}
        async with call.session.post(fake.api_url + messages(fake), data="{", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, 50109)
        async with call.session.get(f"{fake.api_url}/users/@me") as answer:
            assert await answer.json() == {"message": "401: Unauthorized", "code": 0}


async def test_pages_go_both_ways() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        fake.limits.off = True
        written = [fake.say(str(one)) for one in range(250)]
        channel = bot.get_channel(int(fake.general.id))
        assert isinstance(channel, discord.TextChannel)
        newest = [one.content async for one in channel.history(limit=3)]
        assert newest == ["249", "248", "247"]
        after = discord.Object(int(written[9].id))
        assert [one.content async for one in channel.history(after=after, limit=None)] == [
            str(one) for one in range(10, 250)
        ]
        around = [one.content async for one in channel.history(around=discord.Object(int(written[50].id)), limit=5)]
        assert "50" in around


async def test_a_nonce_that_is_enforced_is_written_once() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        form = {"content": "once", "nonce": "n1", "enforce_nonce": True}
        ids = {(await call("POST", messages(fake), json=form))[1]["id"] for _ in range(2)}
        other = (await call("POST", messages(fake), json={"content": "once", "nonce": "n1"}))[1]["id"]
        assert len(ids) == 1
        assert other not in ids
        fake.clock.advance(301)
        assert (await call("POST", messages(fake), json=form))[1]["id"] not in ids | {other}


async def test_files_come_in_several_parts_and_may_be_taken_away() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        channel = bot.get_channel(int(fake.general.id))
        assert isinstance(channel, discord.TextChannel)
        plan = fake.new_attachment("plan.txt", "the plan")
        sent = await channel.send("look", file=discord.File(BytesIO(plan.data), "plan.txt", description="A plan"))
        shown = fake.answers()[0]
        assert [(one.filename, one.data, one.description) for one in shown.attachments] == [
            ("plan.txt", b"the plan", "A plan")
        ]
        assert await sent.attachments[0].read() == b"the plan"
        await sent.edit(attachments=[])
        assert shown.attachments == []


async def test_buckets_are_told_and_kept() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        for left in (4, 3, 2, 1, 0):
            await call("POST", messages(fake), json={"content": "x"})
            assert call.headers["X-RateLimit-Remaining"] == str(left)
        status, told = await call("POST", messages(fake), json={"content": "x"})
        assert (status, told["global"]) == (429, False)
        assert 0 < told["retry_after"] <= 5
        assert call.headers["Via"]
        other = fake.new_channel("other")
        assert (await call("POST", f"/channels/{other.id}/messages", json={"content": "x"}))[0] == 200
        fake.clock.advance(told["retry_after"])
        assert (await call("POST", messages(fake), json={"content": "x"}))[0] == 200
        assert fake.limits.hits == 1


async def test_fifty_requests_a_second_are_the_most_of_all() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        fake.limits.figures.clear()
        statuses = [(await call("GET", "/users/@me"))[0] for _ in range(51)]
        assert statuses.count(429) >= 1
        fake.clock.advance(1)
        fake.limits.global_per_second = 1
        await call("GET", "/users/@me")
        status, told = await call("GET", f"/channels/{fake.general.id}")
        assert (status, told["global"], call.headers["X-RateLimit-Global"]) == (429, True, "true")


async def test_discord_py_waits_where_it_is_told_to() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        for is_global in (False, True):
            fake.faults.add(Fault("POST /channels/*/messages", status=429, retry_after=0.05, is_global=is_global))
            fake.mention("hello")
        await fake.posted("you said", count=2)
        assert [one.status for one in fake.called(MESSAGES)].count(429) == 2
        assert bot.is_ready()


async def test_discord_py_takes_a_429_of_the_edge_for_a_ban() -> None:
    async with fake_discord() as fake, connected(fake, bot := Bot()):
        channel = bot.get_channel(int(fake.general.id))
        assert isinstance(channel, discord.TextChannel)
        fake.faults.add(Fault("POST /channels/*/messages", status=429, via=False))
        with pytest.raises(discord.HTTPException) as caught:
            await channel.send("hello")
        assert caught.value.status == 429
        assert len(fake.called(MESSAGES)) == 1


async def test_servers_fail_and_answers_get_lost() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        fake.faults.add(Fault("POST *", status=500))
        fake.faults.add(Fault("POST *", status=403, code=50013))
        assert (await call("POST", messages(fake), json={"content": "0"}))[0] == 500
        assert await call.code("POST", messages(fake), json={"content": "1"}) == (403, 50013)
        for drop in ("before", "after"):
            fake.faults.add(Fault("POST /channels/*/messages", drop=drop))
            with pytest.raises(aiohttp.ClientError):
                await call("POST", messages(fake), json={"content": drop})
        assert [one.content for one in fake.answers()] == ["after"]
        with pytest.raises(ValueError, match="drop"):
            Fault(drop="never")


async def test_answers_are_slow_on_the_clock_of_the_fake() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        fake.faults.add(Fault("POST /channels/*/messages", delay_after=600))
        sending = asyncio.create_task(call("POST", messages(fake), json={"content": "x"}))
        await fake.posted("x")
        assert not sending.done()
        fake.clock.advance(600)
        assert (await sending)[0] == 200
        assert (await fake.call(MESSAGES)).took > 0


async def test_an_address_of_the_cdn_has_to_be_the_one_that_was_given() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        message = fake.share("plan.txt", "the plan")
        _, told = await call("GET", f"{messages(fake)}/{message.id}")
        url = told["attachments"][0]["url"]
        for address, status in ((url, 200), (url[:-3], 404), (url.partition("?")[0], 404)):
            async with call.session.get(address) as answer:
                assert answer.status == status
        fake.faults.add(Fault("GET /attachments", status=503))
        async with call.session.get(url) as answer:
            assert answer.status == 503
        fake.delete(message)
        async with call.session.get(url) as answer:
            assert (answer.status, await answer.text()) == (404, "This content is no longer available.")
        assert [name for _, name in fake.downloads] == ["plan.txt"]


async def test_threads_are_for_their_members() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        message = fake.say("hello")
        start = f"{messages(fake)}/{message.id}/threads"
        status, thread = await call("POST", start, json={"name": "A session"})
        assert (status, thread["id"], thread["type"]) == (201, message.id, 11)
        assert await call.code("POST", start, json={"name": "Another"}) == (400, 160004)
        members = f"/channels/{thread['id']}/thread-members"
        assert await call("PUT", f"{members}/{fake.sam.id}") == (204, "")
        assert len((await call("GET", members))[1]) == 2
        assert await call.code("GET", f"{members}/{fake.mina.id}") == (404, 10007)
        assert await call("DELETE", f"{members}/@me") == (204, "")
        assert await call("PUT", f"{members}/@me") == (204, "")
        assert await call.code("PUT", f"/channels/{fake.general.id}/thread-members/@me") == (400, 50024)
        quiet = fake.new_thread("quiet", private=True)
        assert await call.code("GET", f"/channels/{quiet.id}") == (403, 50001)
        _, active = await call("GET", f"/guilds/{fake.guild.id}/threads/active")
        assert [one["id"] for one in active["threads"]] == [thread["id"]]
        await call("PATCH", f"/channels/{thread['id']}", json={"archived": True, "name": "Done"})
        archive = f"/channels/{fake.general.id}"
        _, done = await call("GET", f"{archive}/threads/archived/public")
        assert [one["name"] for one in done["threads"]] == ["Done"]
        assert await call.code("GET", f"{archive}/threads/archived/private") == (403, 50013)
        assert (await call("GET", f"{archive}/users/@me/threads/archived/private"))[1]["threads"] == []
        assert await call.code("PATCH", f"/channels/{fake.new_thread('theirs').id}", json={"name": "x"}) == (403, 50013)
        locked = fake.change_channel(thread["id"], locked=True, archived=True)
        assert await call.code("POST", f"/channels/{locked.id}/messages", json={"content": "x"}) == (400, 50083)


async def test_the_bot_reads_about_itself_and_its_places() -> None:
    async with fake_discord() as fake, calling(fake) as call:
        special = fake.new_role("special", permissions=int(Permission.ADMINISTRATOR), members=["sam"])
        fake.new_channel("odd", overwrites=[Overwrite(special.id, 0, deny=int(Permission.VIEW_CHANNEL))])
        for path in ("/users/@me", "/applications/@me", "/oauth2/applications/@me", "/gateway", "/gateway/bot"):
            assert (await call("GET", path))[0] == 200
        assert [one["id"] for one in (await call("GET", "/users/@me/guilds"))[1]] == [fake.guild.id]
        guild = f"/guilds/{fake.guild.id}"
        assert [one["name"] for one in (await call("GET", f"{guild}/channels"))[1]] == ["general", "odd"]
        assert "special" in [one["name"] for one in (await call("GET", f"{guild}/roles"))[1]]
        assert (await call("GET", f"{guild}?with_counts=true"))[1]["approximate_member_count"] == 4
        assert (await call("GET", f"{guild}/members/{fake.sam.id}"))[1]["roles"] == [special.id]
        assert (await call("GET", f"/users/{fake.sam.id}"))[1]["username"] == "sam"
        assert json.dumps(fake.environment).count("127.0.0.1") == 2
