"""The tables of the shared store, as today's program wants them; `migrations` brings a database there.

They are those of the embedded store, written the same way (`core.backends.written`): text from outside is UTF-8 bytes,
because it may hold what text of PostgreSQL cannot (a zero character, half a pair of surrogates); names are escaped in
ASCII and sorted by byte, whatever the language of the server; moments are microseconds since 1970.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA = "saseo"
"""A schema of our own: the database may serve other programs."""
VERSIONS = "schema_version"
"""The table where the revision of the schema stands."""
NAME = Text(collation="C")
RAW = LargeBinary()
MOMENT = BigInteger()

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={"pk": "%(table_name)s_pkey", "fk": "%(table_name)s_%(column_0_name)s_fkey"},
)


def _number() -> Column[int]:
    """Rises with every row."""
    return Column("number", BigInteger, Identity(), primary_key=True)


def _keeper() -> Column[int]:
    """The process that holds a row, while it lives."""
    return Column("keeper", BigInteger, ForeignKey("saseo.keepers.number", ondelete="SET NULL"))


documents = Table(
    "documents",
    metadata,
    _number(),
    Column("id", NAME, nullable=False, unique=True),
    Column("version", BigInteger, nullable=False, unique=True),
    Column("scope", NAME, nullable=False),
    Column("state", NAME, nullable=False),
    Column("read_at", MOMENT, nullable=False),
    Column("next_check_at", MOMENT),
    Column("title", RAW, nullable=False),
    Column("folded", RAW, nullable=False),
    Column("origin", RAW, nullable=False),
    Column("digest", RAW, nullable=False),
    Column("url", RAW),
    Column("media_type", RAW, nullable=False),
    Column("passage_count", BigInteger, nullable=False),
    Column("metadata", RAW, nullable=False),
    Column("etag", RAW),
    Column("modified", RAW),
    Column("refresh_seconds", BigInteger),
    Column("failures", BigInteger, nullable=False),
    Column("error", RAW),
    Column("pace", BigInteger),
    Index("documents_newest", "read_at", "number"),
    Index("documents_due", "next_check_at", "id", postgresql_where=text("next_check_at IS NOT NULL")),
    Index("documents_scope", "scope", postgresql_using="hash"),
)

passages = Table(
    "passages",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("text", RAW, nullable=False),
    Column("heading", RAW, nullable=False),
    Column("page", BigInteger),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("rules", BigInteger, nullable=False),
    Column("profile", RAW, nullable=False),
    Column("anchor", RAW, nullable=False),
    Index("passages_rules", "rules"),
)

facets = Table(
    "facets",
    metadata,
    Column("facet", NAME, nullable=False),
    Column("document", BigInteger, ForeignKey("saseo.documents.number", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("facet", "document"),
    Index("facets_document", "document"),
)

keepers = Table(
    "keepers",
    metadata,
    _number(),
    Column("since", MOMENT, nullable=False),
    Column("alive_until", MOMENT, nullable=False),
)

leftovers = Table(
    "leftovers",
    metadata,
    Column("version", BigInteger, Identity(), primary_key=True),
    Column("document_id", NAME, nullable=False),
    Column("open", Boolean, nullable=False),
    _keeper(),
    Index("leftovers_document", "document_id"),
    Index("leftovers_keeper", "keeper", postgresql_where=text("keeper IS NOT NULL")),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session", NAME, primary_key=True),
    Column("expires_at", MOMENT, nullable=False),
    Index("sessions_expiry", "expires_at"),
)

turns = Table(
    "turns",
    metadata,
    _number(),
    Column("session", NAME, ForeignKey("saseo.sessions.session", ondelete="CASCADE"), nullable=False),
    Column("body", RAW, nullable=False),
    Index("turns_session", "session", "number"),
)

claims = Table(
    "claims",
    metadata,
    Column("key", NAME, primary_key=True),
    Column("owner", NAME, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Index("claims_expiry", "expires_at"),
)

answers = Table(
    "answers",
    metadata,
    _number(),
    Column("question", NAME, nullable=False, unique=True),
    Column("id", NAME, nullable=False),
    Column("place", NAME, nullable=False),
    Column("session", NAME, nullable=False),
    Column("thread", RAW, nullable=False),
    Column("author", RAW, nullable=False),
    Column("locale", NAME, nullable=False),
    Column("text", RAW, nullable=False),
    Column("context", RAW, nullable=False),
    Column("audience", ARRAY(Text(collation="C")), nullable=False),
    Column("outcome", NAME, nullable=False),
    Column("answer", RAW, nullable=False),
    Column("answered_at", MOMENT, nullable=False),
    Column("elapsed", BigInteger, nullable=False),
    Column("model", RAW, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("revision", NAME),
    Column("revised_at", MOMENT),
    Index("answers_outcome", "outcome", "number"),
    Index("answers_id", "id", "number"),
    Index("answers_place", "place"),
    Index("answers_figures", "answered_at"),
    Index("answers_texts", "answered_at", postgresql_where=text("text <> ''::bytea")),
)

citations = Table(
    "citations",
    metadata,
    Column("answer", BigInteger, ForeignKey("saseo.answers.number", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("document_id", NAME, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("excerpt", RAW, nullable=False),
    PrimaryKeyConstraint("answer", "position"),
    Index("citations_document", "document_id", "version"),
)

opinions = Table(
    "opinions",
    metadata,
    Column("answer", BigInteger, ForeignKey("saseo.answers.number", ondelete="CASCADE"), nullable=False),
    Column("person", NAME, nullable=False),
    Column("helpful", Boolean, nullable=False),
    Column("text", RAW, nullable=False),
    PrimaryKeyConstraint("answer", "person"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome", NAME, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    _number(),
    Column("id", NAME, nullable=False, unique=True),
    Column("thread", NAME, nullable=False),
    Column("body", RAW, nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("answer", RAW),
    Column("posting", NAME),
    Column("accepted_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    _keeper(),
    Column("holder", NAME),
    Column("hold", BigInteger),
    Index("inbox_unfinished", "number", postgresql_where=text("finished_at IS NULL")),
    Index("inbox_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    Index("inbox_thread", "thread", "accepted_at"),
    Index("inbox_posting", "posting", unique=True, postgresql_where=text("posting IS NOT NULL")),
    Index("inbox_keeper", "keeper", postgresql_where=text("keeper IS NOT NULL")),
)

posted = Table(
    "posted",
    metadata,
    _number(),
    Column("message", NAME, nullable=False, unique=True),
    Column("inbox", BigInteger, ForeignKey("saseo.inbox.number", ondelete="CASCADE"), nullable=False),
    Index("posted_inbox", "inbox", "number"),
)

installations = Table(
    "installations",
    metadata,
    Column("platform", NAME, nullable=False),
    Column("workspace", NAME, nullable=False),
    Column("sealed", NAME, nullable=False),
    PrimaryKeyConstraint("platform", "workspace"),
)

departures = Table(
    "departures",
    metadata,
    Column("platform", NAME, nullable=False),
    Column("workspace", NAME, nullable=False),
    PrimaryKeyConstraint("platform", "workspace"),
)

shares = Table(
    "shares",
    metadata,
    Column("name", NAME, nullable=False),
    Column("document_id", NAME, nullable=False),
    PrimaryKeyConstraint("name", "document_id"),
    Index("shares_document", "document_id", "name"),
)

orphans = Table("orphans", metadata, Column("document_id", NAME, primary_key=True))

changes = Table(
    "changes",
    metadata,
    _number(),
    Column("document_id", NAME, nullable=False),
    Column("kind", NAME, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("document_id", "kind"),
)

trail = Table(
    "trail",
    metadata,
    Column("document_id", NAME, primary_key=True),
    Column("transaction", BigInteger, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Index("trail_transaction", "transaction", "document_id"),
    Index("trail_changed", "changed_at"),
)

channels = Table(
    "channels",
    metadata,
    Column("place", NAME, primary_key=True),
    Column("settings", RAW, nullable=False),
)
