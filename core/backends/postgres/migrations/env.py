"""How Alembic reaches the database: on the connection that `core.backends.postgres.migrating` hands it."""

from alembic import context

from core.backends.postgres.tables import SCHEMA, VERSIONS, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSIONS,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
