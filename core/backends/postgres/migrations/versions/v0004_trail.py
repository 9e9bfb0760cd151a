"""Which documents changed, for the indexes of processes that share the store.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
    CREATE TABLE saseo.trail (
        document_id TEXT COLLATE "C" NOT NULL,
        transaction BIGINT NOT NULL,
        changed_at BIGINT NOT NULL,
        PRIMARY KEY (document_id)
    );
    CREATE INDEX trail_changed ON saseo.trail (changed_at);
    CREATE INDEX trail_transaction ON saseo.trail (transaction, document_id)
"""


def upgrade() -> None:
    """Makes the table, empty: an index that does not know its place in it is built anew."""
    for statement in TABLES.split(";"):
        op.execute(statement)
