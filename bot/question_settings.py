"""Settings of what is kept of questions, and of who may read it."""

from pydantic import Field
from pydantic_settings import BaseSettings

from core.answers import DAYS_KEPT
from core.review import TextReaders


class QuestionSettings(BaseSettings):
    """Of the texts of questions, answers and opinions; figures are for whoever sees the console."""

    question_texts: TextReaders = "administrators"
    """Who may read them in the console and over the API."""
    question_retention_days: int = Field(DAYS_KEPT, ge=1, le=DAYS_KEPT)
    """Days after which they are erased."""
