"""Public Notion pages: which links are some, what Notion answers about them, and the text in it."""
