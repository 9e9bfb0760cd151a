"""Discord: slash commands, mentions and messages in, answers out."""
