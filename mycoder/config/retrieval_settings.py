"""How code is found by a description: the section ``[retrieval]``."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Retrieval(Struct, frozen=True, kw_only=True):
    """Words, imports and tracebacks are always used; an embeddings endpoint comes on top where one is named."""

    embeddings_url: Annotated[
        str,
        Meta(
            description="Where embeddings are served, e.g. http://localhost:11434/v1; empty goes by words alone."
        ),
    ] = ""
    embeddings_model: Annotated[
        str, Meta(description="The embeddings model as its server names it, e.g. nomic-embed-text.")
    ] = ""
    embeddings_key_env: Annotated[
        str, Meta(description="Name of the environment variable that holds the key; empty sends none.")
    ] = ""
    embeddings_seconds: Annotated[
        float, Meta(gt=0, description="Seconds to wait for embeddings before words alone decide.")
    ] = 20.0
