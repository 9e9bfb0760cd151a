"""Settings of where vectors are kept and searched."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from bot.setting_values import IndexName, Secret, VectorStore, WebUrl, named_collection

MEGABYTE = 1024 * 1024


class VectorSettings(BaseSettings):
    """Of Chroma, FAISS and Pinecone."""

    vectorstore_type: VectorStore = "chroma"
    vectorstore_path: Path | None = None
    """None: the folder `vectors` in the data directory."""
    chroma_url: WebUrl | None = None
    vectors_in_memory_mb: int = Field(512, ge=0, le=1_000_000)
    """Of the copy of a server's vectors that a process searches; 0: none."""
    collection_name: Annotated[str, AfterValidator(named_collection)] = "documents"
    pinecone_api_key: Secret | None = None
    pinecone_index: IndexName | None = None
    """None: named like the collection."""
    pinecone_host: WebUrl | None = None
    pinecone_url: WebUrl | None = None

    @property
    def vectors_in_memory_bytes(self) -> int:
        """The same in bytes."""
        return self.vectors_in_memory_mb * MEGABYTE
