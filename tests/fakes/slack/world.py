"""Everything that exists in the fake, and the names that are given to new things."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.slack.clock import Clock
from tests.fakes.slack.state import ID_PREFIXES, Channel, Kind, Message, User, View, Workspace

SLACKBOT = "USLACKBOT"
"""Slack itself; on the wire it is no bot."""
BOT_SCOPES = frozenset(
    "app_mentions:read assistant:write channels:history channels:read chat:write commands files:read groups:history "
    "groups:read im:history im:read im:write mpim:history mpim:read users:read reactions:read reactions:write "
    "links:read".split()
)
CHANNEL_EVENTS = ("left", "rename", "archive", "unarchive", "deleted")
EVENTS = frozenset(
    "app_home_opened app_context_changed app_mention app_uninstalled tokens_revoked message.channels message.groups "
    "message.im message.mpim file_shared file_change file_deleted link_shared member_joined_channel "
    "member_left_channel channel_left group_left channel_rename group_rename channel_archive group_archive "
    "channel_shared channel_unshared "
    "channel_unarchive group_unarchive channel_deleted group_deleted user_change team_join reaction_added "
    "reaction_removed".split()
)

EVENT_SCOPES: Mapping[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "file_shared": ("files:read",),
    "file_change": ("files:read",),
    "file_deleted": ("files:read",),
    "link_shared": ("links:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_shared": ("channels:read", "groups:read"),
    "channel_unshared": ("channels:read", "groups:read"),
    "user_change": ("users:read",),
    "team_join": ("users:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    **{f"channel_{what}": ("channels:read",) for what in CHANNEL_EVENTS},
    **{f"group_{what}": ("groups:read",) for what in CHANNEL_EVENTS},
}
"""Any of these scopes brings the event; events that are not named need none."""


@dataclass(slots=True, eq=False)
class App:
    """The app under test, as it is registered with this Slack."""

    id: str = "A000000001"
    name: str = "Saseo"
    client_id: str = "1000000001.1000000002"
    client_secret: str = "client-secret-of-the-fake"
    signing_secret: str = "signing-secret-of-the-fake"
    token: str = "xapp-1-A000000001-fake"
    token_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    verification_token: str = "verification-token-of-the-fake"
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    """The events it subscribed to, messages as `message.channels` and so on."""
    agent_view: bool = True
    """Whether it is set up as new apps are: a Messages tab instead of the assistant pane."""
    messages_tab: bool = True
    marketplace: bool = True
    """Apps that are sold outside the marketplace read one page of 15 messages a minute."""
    domains: set[str] = field(default_factory=set)
    """The domains whose links are unfurled by it."""
    redirect_urls: set[str] = field(default_factory=set)
    rotates: bool = False
    """Whether tokens that are given out from now on expire."""
    for_organisations: bool = False
    """Whether people install it for their whole organisation."""


class World:
    """Workspaces by id; users, channels and views are found by id alone, for ids are never given twice."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.app = App()
        self.workspaces: dict[str, Workspace] = {}
        self.views: dict[str, View] = {}
        self._given: Counter[str] = Counter()

    def new_id(self, prefix: str) -> str:
        self._given[prefix] += 1
        return f"{prefix}{self._given[prefix]:09d}"

    def new_workspace(self, name: str) -> Workspace:
        team_id = self.new_id("T")
        bot_user = User(self.new_id("U"), team_id, "saseo", is_bot=True, bot_id=self.new_id("B"))
        workspace = Workspace(
            team_id,
            name,
            name.lower().replace(" ", "-"),
            bot_user,
            f"xoxb-{team_id[1:]}-fake",
            set(BOT_SCOPES),
            users={bot_user.id: bot_user, SLACKBOT: User(SLACKBOT, team_id, "slackbot", is_bot=True)},
        )
        self.workspaces[team_id] = workspace
        return workspace

    def new_user(self, workspace: Workspace, name: str, *, locale: str = "en-US", team_id: str | None = None) -> User:
        user = User(self.new_id("U"), team_id or workspace.id, name, locale)
        workspace.users[user.id] = user
        return user

    def new_channel(self, workspace: Workspace, name: str, *, kind: Kind, members: list[str]) -> Channel:
        channel = Channel(
            self.new_id(ID_PREFIXES[kind]),
            workspace.id,
            name,
            kind,
            list(members),
            creator=members[0] if members else workspace.bot_user.id,
            created=int(self.clock.now()),
        )
        workspace.channels[channel.id] = channel
        return channel

    def home_of(self, channel_id: str) -> Workspace:
        """The workspace that a channel belongs to; KeyError where the channel is unknown."""
        for workspace in self.workspaces.values():
            if channel_id in workspace.channels:
                return workspace
        raise KeyError(f"no channel {channel_id!r}")

    def direct(self, workspace: Workspace, *user_ids: str) -> Channel:
        """The direct message of the bot with these people, made where there is none yet."""
        members = [workspace.bot_user.id, *user_ids]
        for channel in workspace.channels.values():
            if channel.kind in ("im", "mpim") and set(channel.members) == set(members):
                return channel
        if len(user_ids) == 1:
            return self.new_channel(workspace, user_ids[0], kind="im", members=members)
        names = "--".join(workspace.users[one].name for one in user_ids)
        return self.new_channel(workspace, f"mpdm-{names}-1", kind="mpim", members=members)

    def message(self, channel_id: str, ts: str) -> Message | None:
        return self.home_of(channel_id).channels[channel_id].messages.get(ts)
