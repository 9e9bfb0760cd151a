"""The web page of the bot: ask it, see what it knows, and how it is. Rendered here, with little script."""
