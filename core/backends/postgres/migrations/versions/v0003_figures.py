"""What an answer took and cost, and what became of it later.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"

CHANGES = """
    ALTER TABLE saseo.answers
        ADD COLUMN elapsed BIGINT NOT NULL DEFAULT 0,
        ADD COLUMN model BYTEA NOT NULL DEFAULT '',
        ADD COLUMN prompt_tokens BIGINT NOT NULL DEFAULT 0,
        ADD COLUMN completion_tokens BIGINT NOT NULL DEFAULT 0,
        ADD COLUMN revision TEXT COLLATE "C",
        ADD COLUMN revised_at BIGINT;
    CREATE INDEX answers_figures ON saseo.answers (answered_at);
    CREATE INDEX answers_texts ON saseo.answers (answered_at) WHERE text <> ''::bytea;
"""


def upgrade() -> None:
    """Adds the columns; what was answered before took no time and cost nothing."""
    for statement in CHANGES.split(";"):
        if statement.strip():
            op.execute(statement)
