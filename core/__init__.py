"""The librarian itself: answers questions from documents and knows no platform."""
