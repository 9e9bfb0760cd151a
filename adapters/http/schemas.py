"""The shapes of the HTTP API: what comes in, what goes out, with examples for its documentation."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.followed import DEEPEST, MOST
from core.health import Condition
from core.types import Outcome, Role, State

LONGEST_SESSION = 200
MOST_SCOPES = 100
Scalar = str | int | float | bool | None


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not contain control characters")
    return text


SessionId = Annotated[str, Field(min_length=1, max_length=LONGEST_SESSION), AfterValidator(_plain)]
ScopeName = Annotated[str, Field(max_length=300, examples=["public", "channel:slack:T024BE91L:C024BE91L"])]
Audience = Annotated[
    list[ScopeName],
    Field(
        max_length=MOST_SCOPES,
        description="Scopes that everybody who sees the answer may read; the default is public documents.",
    ),
]
Metadata = Annotated[dict[str, Scalar], Field(max_length=100)]
Question = Annotated[str, Field(max_length=100_000, examples=["How many days of leave do we have?"])]
Count = Annotated[int, Field(ge=1, le=50)]


class Shape(BaseModel):
    """Unknown fields are refused, so that a misspelt filter cannot pass as no filter."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Every error."""

    detail: str = Field(examples=["There is no document with the id 4f1c."])


class Said(BaseModel):
    """A sentence that says what was done."""

    message: str


class Root(BaseModel):
    """That the API is there."""

    message: str
    status: str


class Health(BaseModel):
    """Every service was asked; `services` says `healthy` or what is wrong. `degraded`: questions are answered without
    some of them."""

    status: Condition
    services: dict[str, str]


class SourceShape(BaseModel):
    """A passage with what was sent with its document, and document_id, title, url, page, heading."""

    content: str
    metadata: dict[str, Any]
    score: float


class ChatRequest(Shape):
    """A message in a conversation; without a session id a new one is made."""

    message: Question
    session_id: SessionId | None = None
    audience: Audience | None = None


class ChatResponse(BaseModel):
    """`execution_time` is in seconds."""

    response: str
    session_id: str
    sources: list[SourceShape]
    execution_time: float
    outcome: Outcome


class TurnShape(BaseModel):
    """One message of a conversation."""

    type: Role
    content: str
    timestamp: datetime


class DocumentInput(Shape):
    """A text with what should be known about it. Equal `id` and scope: the new text replaces the old one."""

    content: str = Field(examples=["Everybody has 25 days of leave a year."])
    metadata: Metadata = Field(default_factory=dict, examples=[{"source": "handbook", "title": "Handbook"}])
    id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    scope: ScopeName = "public"


class DocumentsRequest(Shape):
    """Some documents at once."""

    documents: Annotated[list[DocumentInput], Field(min_length=1, max_length=1000)]


class Taken(BaseModel):
    """What became of one document: `detail` says why it was refused, or what failed and may be tried again."""

    name: str
    status: Literal["added", "unchanged", "refused", "failed", "waiting"]
    document_id: str | None = None
    passages: int | None = None
    detail: str | None = None


class DocumentsResponse(BaseModel):
    """`added_documents` counts those that are known now; `results` has one entry for each that was sent."""

    status: Literal["success", "partial", "failed"]
    added_documents: int
    document_ids: list[str]
    results: list[Taken]


class Follow(Shape):
    """How far a sitemap or a page is followed to what it leads to, and how many pages are taken at most."""

    depth: Annotated[int, Field(ge=1, le=DEEPEST)] = 1
    most: Annotated[int, Field(ge=1, le=MOST)] = 100


class LinkRequest(Shape):
    """A link to read, and how often to check it again; 0: never."""

    url: Annotated[str, Field(min_length=1, max_length=2000, examples=["https://example.com/handbook"])]
    refresh_seconds: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    scope: ScopeName = "public"
    follow: Follow | None = None


class DocumentRow(BaseModel):
    """A document in a list."""

    id: str
    title: str
    origin: str
    url: str | None
    scope: str
    state: State
    media_type: str
    passages_count: int
    metadata: dict[str, Any]
    read_at: datetime
    next_check_at: datetime | None
    failures: int
    last_error: str | None


class DocumentList(BaseModel):
    """One page; `next` is the cursor of the following one."""

    documents: list[DocumentRow]
    total: int
    next: str | None


class PassageShape(BaseModel):
    """A stretch of a document."""

    text: str
    page: int | None
    heading: str


class DocumentDetail(DocumentRow):
    """A document with its passages."""

    passages: list[PassageShape]


class SearchRequest(Shape):
    """A question to search with; filters match metadata exactly."""

    question: Question
    k: Count = 10
    filters: Metadata | None = None
    audience: Audience | None = None


class SearchResponse(BaseModel):
    """Ranked sources, best first."""

    sources: list[SourceShape]
    execution_time: float


class QueryRequest(Shape):
    """A question to answer without a conversation."""

    question: Question
    k: Count = 5
    filters: Metadata | None = None
    audience: Audience | None = None


class QueryResponse(BaseModel):
    """`sources` begins with the cited ones, in the order of their numbers; `retrieved_docs` counts them all."""

    answer: str
    sources: list[SourceShape]
    execution_time: float
    retrieved_docs: int
    outcome: Outcome


class Gap(BaseModel):
    """A question that the documents could not answer."""

    id: str
    question: str | None
    """Null where texts are shown to nobody."""
    session: str
    """The channel where it was asked, as `slack:T1:C1`."""
    asked_at: datetime
