"""Where the shared store comes from: every step of its schema, in the order in which Alembic takes them."""
