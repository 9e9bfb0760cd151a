"""How long a test waits for what must come. It bounds a test that fails; one that passes never waits so long."""

PATIENCE = 60.0
