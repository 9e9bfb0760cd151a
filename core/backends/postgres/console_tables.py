"""The tables of the console: who is signed in, what was changed by whom, and how checks of documents ended."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table

from core.backends.postgres.tables import MOMENT, NAME, RAW, metadata

visits = Table(
    "visits",
    metadata,
    Column("name", NAME, primary_key=True),
    Column("family", NAME, nullable=False),
    Column("body", RAW, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Index("visits_family", "family"),
    Index("visits_expiry", "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("who", NAME, nullable=False),
    Column("what", NAME, nullable=False),
    Column("thing", NAME, nullable=False),
    Column("workspace", NAME, nullable=False),
    Column("detail", NAME, nullable=False),
    Index("audit_at", "at"),
    Index("audit_workspace", "workspace", "number"),
)

looks = Table(
    "looks",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("document_id", NAME, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("result", NAME, nullable=False),
    Column("reason", RAW, nullable=False),
    Index("looks_document", "document_id", "number"),
)
