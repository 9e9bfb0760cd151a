"""A Slack that runs on this machine: the wire, strict enough to prove an app against it. See `FakeSlack`."""

from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.state import Channel, File, Message, User, View, Workspace

__all__ = ["Channel", "Delivery", "FakeSlack", "File", "Message", "User", "View", "Workspace"]
