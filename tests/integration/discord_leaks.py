"""Random servers in Discord: people share, join, leave, get roles and ask, and every answer is checked for what it
gives away.

Who may read what is worked out here from how the fake computes permissions, and not from what the bot has stored.
"""

import asyncio
import random
from dataclasses import dataclass

from adapters.discord.desk import Desk
from adapters.work import Bound
from core.channels import ChannelSettings
from core.types import Session
from tests.fakes.discord import FakeDiscord, Guild, Interaction, Message, Overwrite, Permission, Role, User
from tests.fakes.discord.permissions import allowed, sees
from tests.fakes.discord.state import Channel
from tests.fakes.saseo import Core
from tests.integration.discord_answering import answering
from tests.integration.discord_running import fake_discord
from tests.integration.leak_tally import Tally

ACTS_A_ROUND = 5
SETTLING = 0.4
"""Seconds between what people do and what they ask."""
MOST_SHARED = 150
READ = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
VIEW = int(Permission.VIEW_CHANNEL)
HISTORY = int(Permission.READ_MESSAGE_HISTORY)
OURS = int(READ | Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.ADD_REACTIONS)
ANIMALS = (
    "badger camel dingo ferret gopher heron ibis jackal koala lemur marten newt ocelot panda quail raccoon".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A document whose one sentence answers one question."""

    project: str
    word: str
    title: str
    message: Message

    @property
    def text(self) -> str:
        return f"The launch password of project {self.project} is {self.word}."

    @property
    def question(self) -> str:
        return f"What is the launch password of project {self.project}?"

    def shown_in(self, told: str) -> bool:
        """Whether an answer gives it away, if only its title."""
        return self.word in told or self.title in told


class Leaks:
    """The random servers."""

    def __init__(self, discord: FakeDiscord, core: Core, *, seed: int) -> None:
        self.discord = discord
        self.core = core
        self.chance = random.Random(seed)
        self.secrets: list[Secret] = []
        self.people: dict[str, list[User]] = {}
        self.places: list[Channel] = []
        self.tally = Tally()

    async def populate(self) -> None:
        """Two servers with people of their own, roles, and channels of all kinds."""
        discord = self.discord
        for guild in (discord.guild, discord.new_guild("Elsewhere")):
            names = [f"{name}-{guild.id[-3:]}" for name in ("ann", "bob", "cem", "dee", "eli")]
            self.people[guild.id] = [discord.new_user(name, guilds=[guild]) for name in names]
            for number in range(3):
                discord.new_role(f"role{number}", guild=guild, members=list(self._some(guild)))
            for number in range(6):
                self.places.append(discord.new_channel(f"c{number}", guild=guild, overwrites=self._rules(guild)))
            parents = [one for one in self.places if one.guild is guild]
            for number, parent in enumerate(parents[:4]):
                private = number % 2 == 1
                members: list[User | str] = [*self._some(guild)] if private else []
                owner = self.people[guild.id][0]
                thread = discord.new_thread(
                    f"t{number}", channel=parent, private=private, owner=owner, members=members, bot=True
                )
                self.places.append(thread)
            self.places += [discord.direct(person) for person in self.people[guild.id]]
        for place in self.places:
            if place.guild is not None:
                session = Session("discord", place.guild.id, place.id)
                await self.core.store.channels.put(session, ChannelSettings(ingestion="auto"))
        await asyncio.sleep(SETTLING)

    async def round(self) -> None:
        """People do this and that, and then there is a question in every place, and one by each way of asking alone."""
        for _ in range(ACTS_A_ROUND):
            self._act()
        await asyncio.sleep(SETTLING)
        checks = []
        for place in [one for one in self.places if self.secrets]:
            author = self._asker(place)
            if author is None:
                continue
            secret = self._wanted(self._seers(place))
            checks.append(self._check(place, secret, self.discord.mention(secret.question, channel=place, user=author)))
            if place.guild is not None and self.chance.random() < 0.5:
                alone = self._wanted([author])
                options = {"question": alone.question, "private": True}
                asked = self.discord.slash("ask", options, channel=place, user=author)
                checks.append(self._check_alone(alone, author, asked))
        await asyncio.gather(*checks)
        await self._list(self.chance.choice([one for one in self.places if one.guild is not None]))

    def _act(self) -> None:
        acts = [self._share, self._share, self._roles, self._roles, self._rule, self._delete, self._join_or_leave]
        self.chance.choice(acts)()

    def _share(self) -> None:
        place = self.chance.choice(self.places)
        author = self._asker(place)
        if author is None or len(self._standing()) >= MOST_SHARED:
            return
        number = len(self.secrets)
        project = f"{self.chance.choice(ANIMALS)}{number}x"
        word, title = f"{self.chance.choice(ANIMALS)}{self.chance.randrange(10**6):06d}", f"file{number}z"
        text = f"The launch password of project {project} is {word}."
        message = self.discord.share(f"{title}.txt", text, channel=place, user=author)
        self.secrets.append(Secret(project, word, title, message))

    def _roles(self) -> None:
        guild = self._guild()
        person = self.chance.choice(self.people[guild.id])
        role = self.chance.choice(self._own_roles(guild))
        member = guild.members.get(person.id)
        if member is None:
            return
        if role.id in member.roles:
            self.discord.take_role(person, role, guild=guild)
        else:
            self.discord.give_role(person, role, guild=guild)

    def _rule(self) -> None:
        """A channel turns private or public, for all, for a role or for somebody."""
        place = self.chance.choice([one for one in self.places if one.guild is not None and not one.is_thread])
        assert place.guild is not None
        guild = place.guild
        targets: list[Role | User] = [
            guild.roles[guild.id],
            *self._own_roles(guild),
            self.chance.choice(self.people[guild.id]),
        ]
        bits = self.chance.choice([VIEW, HISTORY, VIEW | HISTORY])
        allow, deny = self.chance.choice([(bits, 0), (0, bits), (0, 0)])
        self.discord.overwrite(place, self.chance.choice(targets), allow=allow, deny=deny)

    def _delete(self) -> None:
        there = self._standing()
        if there:
            self.discord.delete(self.chance.choice(there).message)

    def _join_or_leave(self) -> None:
        guild = self._guild()
        person = self.chance.choice(self.people[guild.id])
        if person.id not in guild.members:
            self.discord.join(person, guild)
        elif person.id != guild.owner_id:
            self.discord.leave(person, guild)

    def _guild(self) -> Guild:
        return self.chance.choice([self.discord.find_guild(one) for one in self.people])

    def _own_roles(self, guild: Guild) -> list[Role]:
        return [one for one in guild.roles.values() if one.name.startswith("role")]

    def _some(self, guild: Guild) -> list[User]:
        people = self.people[guild.id]
        return self.chance.sample(people, self.chance.randint(1, len(people)))

    def _rules(self, guild: Guild) -> list[Overwrite]:
        rules = [Overwrite(self.discord.bot.id, 1, allow=OURS)]
        if self.chance.random() < 0.5:
            rules.append(Overwrite(guild.id, 0, deny=VIEW))
            rules += [Overwrite(one.id, 0, allow=VIEW) for one in self._own_roles(guild)[: self.chance.randint(0, 2)]]
            rules += [Overwrite(one.id, 1, allow=VIEW) for one in self._some(guild)[:2]]
        return rules

    def _standing(self) -> list[Secret]:
        return [one for one in self.secrets if not one.message.deleted]

    def _wanted(self, readers: list[User]) -> Secret:
        """Half of the questions can be answered where there is one that can."""
        readable = [one for one in self._standing() if all(self._reads(one, person) for person in readers)]
        return self.chance.choice(readable if readable and self.chance.random() < 0.5 else self.secrets)

    def _seers(self, place: Channel) -> list[User]:
        """Who sees an answer there."""
        people = [one for those in self.people.values() for one in those] + [self.discord.mina, self.discord.sam]
        return [one for one in people if sees(place, one.id)]

    def _asker(self, place: Channel) -> User | None:
        if place.guild is None:
            return next((one for one in self._seers(place) if self._home(one) is not None), None)
        known = [one for one in self._seers(place) if one in self.people[place.guild.id]]
        return self.chance.choice(known) if known else None

    def _home(self, person: User) -> Guild | None:
        return next((one for one in self.discord.world.guilds.values() if person.id in one.members), None)

    def _reads(self, secret: Secret, person: User) -> bool:
        if secret.message.deleted:
            return False
        return READ in allowed(secret.message.channel, person.id)

    def _open(self, place: Channel) -> bool:
        """Whether everybody may read it, whatever their roles."""
        if place.guild is None or place.kind == "private_thread":
            return False
        rules = [one for one in (place.parent or place).overwrites.values() if one.id != self.discord.bot.id]
        return not any(one.deny & (VIEW | HISTORY) for one in rules)

    def _told_to_all(self, place: Channel) -> bool:
        """Whether nobody who sees a place is denied what was said there before."""
        if place.guild is None:
            return True
        return not any(one.deny & HISTORY for one in (place.parent or place).overwrites.values())

    async def _list(self, place: Channel) -> None:
        """Somebody has the documents listed that they may ask about there, and those proposed that they may forget."""
        author = self._asker(place)
        if author is None:
            return
        asked = self.discord.slash("sources", channel=place, user=author)
        answer = await self.discord.posted(where=lambda one: one.interaction is asked)
        typing = await self.discord.autocomplete("forget", "document", channel=place, user=author).settled()
        told = "\n".join([answer.content, *(choice["name"] for choice in typing.choices or ())])
        listed = [secret for secret in self.secrets if secret.shown_in(told)]
        self.tally.listed += bool(listed)
        for secret in listed:
            if not self._reads(secret, author):
                self.tally.leaks.append(f"{self._why(secret, [author])}: listed in {place.name}: {told}")

    async def _check(self, place: Channel, secret: Secret, question: Message) -> None:
        seers = self._seers(place)
        home = secret.message.channel
        here = home is place and self._told_to_all(place)
        must = not secret.message.deleted and (here or (home.guild is place.guild and self._open(home)))
        must = must and all(self._reads(secret, one) for one in seers)
        answer = await self.discord.posted(channel=place, where=lambda one: one.referenced is question)
        self._judge(answer, secret, seers, f"#{place.name} ({place.kind})", must=must)

    async def _check_alone(self, secret: Secret, author: User, asked: Interaction) -> None:
        private = secret.message.channel.kind == "private_thread"
        must = secret.message.channel.guild is asked.channel.guild and self._reads(secret, author) and not private
        answer = await self.discord.posted(where=lambda one: one.interaction is asked)
        self._judge(answer, secret, [author], f"alone ({author.name})", must=must)

    def _why(self, secret: Secret, seers: list[User]) -> str:
        """Who may not read it, for whoever looks for the fault."""
        place = secret.message.channel
        if secret.message.deleted:
            return "deleted"
        return f"{[one.name for one in seers if not self._reads(secret, one)]} may not read {place.name} ({place.kind})"

    def _judge(self, answer: Message, secret: Secret, seers: list[User], where: str, *, must: bool) -> None:
        told = answer.content
        self.tally.asked += 1
        for other in self.secrets:
            # What was deleted and is cited meanwhile was readable when it was found.
            if other.shown_in(told) and not all(self._reads(other, one) for one in seers):
                self.tally.leaks.append(f"{self._why(other, seers)}: {other.text} in {where}: {told}")
        if all(self._reads(secret, one) for one in seers):
            self.tally.found += secret.word in told
            if must and secret.word not in told:
                self.tally.lost.append(f"{secret.text} in {where}: {told}")
        else:
            self.tally.withheld += secret.word not in told


async def leaks(questions: int, *, seed: int) -> Tally:
    """At least so many questions in random servers."""
    core = Core()
    async with fake_discord() as discord:
        discord.limits.off = True
        async with answering(discord, core) as desk:
            _at_once(desk)
            world = Leaks(discord, core, seed=seed)
            await world.populate()
            while world.tally.asked < questions:
                await world.round()
    return world.tally


def _at_once(desk: Desk) -> None:
    """Nothing here is about how often people ask, or about the minute for which somebody's roles are believed."""
    desk._answering.bound = Bound(10**9)
    desk._answering.directory.roles_seconds = 0.0
