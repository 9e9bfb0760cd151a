"""The shapes of channels in the HTTP API."""

from typing import Annotated, Literal

from pydantic import Field

from adapters.http.schemas import Shape
from core.channels import (
    INSTRUCTIONS_LIMIT,
    MOST_SOURCES,
    SOURCE_LIMIT,
    Ingestion,
    KnownChannel,
    SessionScope,
    Tone,
    Trigger,
)

SourceName = Annotated[str, Field(max_length=SOURCE_LIMIT, examples=["https://wiki.example.com/", "public"])]


class ChannelForm(Shape):
    """What is decided for a channel. What is left out is as usual."""

    enabled: Annotated[bool, Field(description="Whether questions are answered there.")] = True
    trigger: Annotated[Trigger, Field(description="What is answered beside what is said to the bot.")] = "mention"
    ingestion: Annotated[Ingestion | None, Field(description="What happens to what is shared there.")] = None
    session_scope: Annotated[SessionScope | None, Field(description="What a conversation is.")] = None
    tone: Tone | None = None
    instructions: Annotated[str, Field(max_length=INSTRUCTIONS_LIMIT)] = ""
    sources: Annotated[
        list[SourceName],
        Field(
            max_length=MOST_SOURCES,
            default_factory=list,
            description="What alone answers may rest on: ids of documents, addresses, origins, scopes; none: any.",
        ),
    ]
    only_sources: Annotated[bool, Field(description="Whether nothing is said without a source.")] = False
    languages: Annotated[list[Literal["ko", "en"]], Field(max_length=2, default_factory=list)]
    notices: Annotated[bool, Field(description="Whether the bot speaks there by itself.")] = True


class ChannelShape(ChannelForm):
    """A channel with what is decided for it."""

    session: str = Field(examples=["slack:T024BE91L:C024BE91L"])

    @classmethod
    def of(cls, known: KnownChannel) -> "ChannelShape":
        """A channel that is known."""
        return cls(session=str(known.session), **known.settings.own())


class ChannelList(Shape):
    """Channels by name; `next` is the cursor of the following page."""

    channels: list[ChannelShape]
    next: str | None = None
