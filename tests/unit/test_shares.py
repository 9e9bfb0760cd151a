"""Names of shares and channel settings."""

import pytest

from core.channels import ChannelSettings, channel_of, ingestion_at
from core.shares import Share, covers, within, within_workspace
from core.types import Session

CHANNEL = Session("slack", "T1", "C1")


def test_a_share_is_named_and_parsed_back() -> None:
    for item in ("F1", "https://example.com:8080/a?b=c:d", ":", "\ud800"):
        share = Share(CHANNEL, "17.4", item)
        assert str(share) == f"slack:T1:C1:17.4:{item}"
        assert Share.parse(str(share)) == share


@pytest.mark.parametrize("name", ["", "slack", "slack:T1:C1:17.4", "slack:T1:C1:17.4:", "slack:T1:C1::F1", ":::::"])
def test_what_is_no_share_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"share|names|platform|channel"):
        Share.parse(name)


def test_a_channel_or_a_message_with_a_colon_is_refused() -> None:
    with pytest.raises(ValueError, match="colon"):
        Share(Session("slack", "T1", "C1:2"), "1", "F1")
    with pytest.raises(ValueError, match="colon"):
        Share(CHANNEL, "1:2", "F1")


def test_a_prefix_covers_what_is_inside_and_nothing_beside() -> None:
    name = str(Share(CHANNEL, "17.4", "F1"))
    for prefix in (within(CHANNEL), within(CHANNEL, message="17.4"), within_workspace("slack", "T1"), name):
        assert covers(prefix, name)
    for prefix in ("slack:T1:C", "slack:T:", within(Session("slack", "T1", "C12")), name[:-1]):
        assert not covers(prefix, name)


def test_what_is_shared_is_read_at_once_where_few_people_are_and_else_after_asking() -> None:
    assert ingestion_at(ChannelSettings(), public=True) == "ask"
    assert ingestion_at(ChannelSettings(), public=False) == "auto"
    assert ingestion_at(ChannelSettings("off"), public=False) == "off"


def test_a_thread_has_the_channel_of_its_channel() -> None:
    assert channel_of(Session("slack", "T1", "C1/17.4")) == CHANNEL
    assert channel_of(CHANNEL) == CHANNEL
    assert channel_of(Session("api", "", "/odd")) == Session("api", "", "/odd")
