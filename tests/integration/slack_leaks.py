"""A random workspace in Slack: people share, join, leave and ask, and every answer is checked for what it gives away.

Who may read what is worked out here anew, from where things stand in Slack, and not from what the bot has stored.
"""

import asyncio
import random
from dataclasses import dataclass

from adapters.slack.adapter import SlackAdapter
from tests.fakes.saseo import Core
from tests.fakes.slack import Channel, FakeSlack, Message
from tests.fakes.slack.state import User
from tests.integration.leak_tally import Tally
from tests.integration.sharing import choose
from tests.integration.slack_running import running

STRANGERS = "T777777777"
ACTS_A_ROUND = 4
SETTLING = 0.5
"""Seconds between what people do and what they ask; promised is a minute."""
ANIMALS = (
    "badger camel dingo ferret gopher heron ibis jackal koala lemur marten newt ocelot panda quail raccoon".split()
)


@dataclass(frozen=True, slots=True, eq=False)
class Secret:
    """A document whose one sentence answers one question."""

    project: str
    word: str
    places: list[Message]
    """The messages that share it."""

    @property
    def text(self) -> str:
        return f"The launch password of project {self.project} is {self.word}."

    @property
    def question(self) -> str:
        return f"What is the launch password of project {self.project}?"


class Leaks:
    """The random workspace."""

    def __init__(self, slack: FakeSlack, core: Core, *, seed: int) -> None:
        self.slack = slack
        self.core = core
        self.chance = random.Random(seed)
        self.secrets: list[Secret] = []
        self.tally = Tally()

    async def populate(self) -> None:
        """People of all kinds, and channels of all kinds."""
        slack = self.slack
        members = [slack.mina, slack.sam, *(slack.new_user(name) for name in ("ann", "bob", "cem"))]
        guests = [slack.new_user("gil", is_restricted=True), slack.new_user("gus", is_ultra_restricted=True)]
        stranger = slack.new_user("stan", team_id=STRANGERS)
        self.people: list[User] = [*members, *guests, stranger]
        self.channels = [slack.general]
        for number in range(5):
            self.channels.append(slack.new_channel(f"open{number}", members=list(self._some(members))))
            self.channels.append(
                slack.new_channel(f"closed{number}", kind="private", members=list(self._some(members)))
            )
        mixed = [members[0], guests[0]]
        self.channels.append(slack.new_channel("with-guest", members=list(mixed)))
        both = [members[1], stranger]
        self.channels.append(slack.new_channel("with-company", members=list(both), connected_teams=[STRANGERS]))
        self.channels += [slack.direct(person) for person in (*members, guests[0])]
        for channel in self.channels:
            await choose(self.core, slack, "auto", channel)

    def _some(self, people: list[User]) -> list[User]:
        return self.chance.sample(people, self.chance.randint(2, len(people)))

    async def round(self) -> None:
        """People do this and that, and then there is a question in every place."""
        for _ in range(ACTS_A_ROUND):
            self._act()
        await asyncio.sleep(SETTLING)
        asked = []
        for channel in [one for one in self.channels if self.secrets]:
            author, secret = self._asker(channel), self._wanted(channel)
            if author is not None:
                asked.append((channel, secret, self.slack.ask(secret.question, channel=channel, user=author)))
        await asyncio.gather(*(self._check(*one) for one in asked))
        await self._list(self.chance.choice(self.channels))

    def _wanted(self, channel: Channel) -> Secret:
        """Half of the questions can be answered where there is one that can."""
        readable = [one for one in self.secrets if self._may(one, channel)]
        return self.chance.choice(readable if readable and self.chance.random() < 0.5 else self.secrets)

    def _act(self) -> None:
        acts = [
            self._share,
            self._share,
            self._join,
            self._leave,
            self._convert,
            self._delete,
            self._again,
            self._guest,
        ]
        self.chance.choice(acts)()

    def _share(self) -> None:
        channel = self.chance.choice(self.channels)
        author = self._asker(channel)
        if author is None:
            return
        number = len(self.secrets)
        project = f"{self.chance.choice(ANIMALS)}{number}x"
        secret = Secret(project, f"{self.chance.choice(ANIMALS)}{self.chance.randrange(10**6):06d}", [])
        secret.places.append(self.slack.upload(f"{project}.txt", secret.text, channel=channel, user=author))
        self.secrets.append(secret)

    def _again(self) -> None:
        secret, channel = self._secret(), self.chance.choice(self.channels)
        author = self._asker(channel)
        if secret is None or author is None:
            return
        there = self._standing(secret)[0]
        if channel.id != there.channel:
            secret.places.append(self.slack.share_again(there.files[0], channel=channel, user=author))

    def _delete(self) -> None:
        secret = self._secret()
        if secret is not None:
            message = self.chance.choice(self._standing(secret))
            if self.chance.random() < 0.5:
                self.slack.delete(message)
            else:
                self.slack.delete_file(message.files[0])
                for one in secret.places:
                    one.files = []

    def _join(self) -> None:
        channel = self._group()
        self.slack.join(channel, self.chance.choice(self.people[:5]))

    def _guest(self) -> None:
        channel, guest = self._group(), self.chance.choice(self.people[5:7])
        if guest.id in channel.members:
            self.slack.leave(channel, guest)
        else:
            self.slack.join(channel, guest)

    def _leave(self) -> None:
        channel = self._group()
        if len(channel.members) > 3:
            name = self.chance.choice([one for one in channel.members if one != self.slack.team.bot_user.id])
            self.slack.leave(channel, name)

    def _convert(self) -> None:
        channel = self._group()
        if channel is not self.slack.general:
            self.slack.convert(channel, "private" if channel.kind == "public" else "public")

    def _group(self) -> Channel:
        return self.chance.choice([one for one in self.channels if one.kind in ("public", "private")])

    def _secret(self) -> Secret | None:
        there = [one for one in self.secrets if self._standing(one)]
        return self.chance.choice(there) if there else None

    def _standing(self, secret: Secret) -> list[Message]:
        return [one for one in secret.places if not one.deleted and one.files]

    def _asker(self, channel: Channel) -> User | None:
        people = [one for one in self.people if one.id in channel.members]
        return self.chance.choice(people) if people else None

    def _outsiders(self, channel: Channel) -> bool:
        """Whether anybody there is no full member."""
        people = [one for one in self.people if one.id in channel.members]
        guests = any(one.is_restricted or one.is_ultra_restricted or one.team_id == STRANGERS for one in people)
        return guests or channel.is_ext_shared

    def _may(self, secret: Secret, channel: Channel) -> bool:
        """Whether everybody in a channel may read it."""
        for message in self._standing(secret):
            place = self.slack.team.channels[message.channel]
            if place is channel:
                return True
            if place.kind == "public" and not self._outsiders(place) and not self._outsiders(channel):
                return True
        return False

    def _reads(self, secret: Secret, person: User) -> bool:
        """Whether somebody may read it anywhere."""
        places = [self.slack.team.channels[message.channel] for message in self._standing(secret)]
        stranger = person.is_restricted or person.is_ultra_restricted or person.team_id == STRANGERS
        return any(person.id in place.members or (place.kind == "public" and not stranger) for place in places)

    async def _list(self, channel: Channel) -> None:
        """Somebody has the documents listed that they may ask about there."""
        author = self._asker(channel)
        if author is None:
            return
        before = len(channel.ephemerals)
        self.slack.command("/sources", channel=channel, user=author)
        await self.slack.until(lambda: len(channel.ephemerals) > before, what="a list")
        told = channel.ephemerals[before].shown
        listed = [secret for secret in self.secrets if f"{secret.project}.txt" in told]
        self.tally.listed += bool(listed)
        for secret in listed:
            if not self._reads(secret, author):
                self.tally.leaks.append(f"{secret.text} in a list for {author.name} in {channel.name}: {told}")

    async def _check(self, channel: Channel, secret: Secret, question: Message) -> None:
        answer = await self.slack.posted(channel=channel, thread_ts=question.ts)
        self.tally.asked += 1
        told = answer.shown
        for other in self.secrets:
            shown = other.word in told or f"{other.project}.txt" in told
            if shown and not self._may(other, channel):
                self.tally.leaks.append(f"{other.text} in {channel.name} ({channel.kind}): {told}")
        if not self._may(secret, channel):
            self.tally.withheld += secret.word not in told
        elif secret.word in told:
            self.tally.found += 1
        else:
            self.tally.lost.append(f"{secret.text} in {channel.name} ({channel.kind}): {told}")


async def leaks(questions: int, *, seed: int) -> Tally:
    """At least so many questions in a random workspace."""
    core = Core()
    async with FakeSlack() as slack:
        slack.limits.off = True
        async with running(slack, core) as adapter:
            _at_once(adapter)
            world = Leaks(slack, core, seed=seed)
            await world.populate()
            while world.tally.asked < questions:
                await world.round()
    return world.tally


def _at_once(adapter: SlackAdapter) -> None:
    """Nothing here is about how often people are told of links."""
    adapter.drain_seconds = 1.0
