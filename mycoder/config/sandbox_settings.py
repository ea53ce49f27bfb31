"""What commands may reach from inside the sandbox, and the container that can stand in for it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class SandboxNetwork(Struct, frozen=True, kw_only=True):
    allow: Annotated[
        tuple[str, ...],
        Meta(
            description="Hosts that an approved command may reach: example.org, .example.org for what is "
            "below it, with :port for another one than 80 and 443. Empty: none."
        ),
    ] = ()


class SandboxContainer(Struct, frozen=True, kw_only=True):
    image: Annotated[
        str,
        Meta(description="Image that commands run in where no other sandbox works; empty uses no container."),
    ] = ""
    engine: Annotated[
        Literal["auto", "docker", "podman"],
        Meta(description="The program that runs containers; auto takes podman, else docker."),
    ] = "auto"

    @property
    def chosen(self) -> tuple[str, str]:
        """(engine, image), as `open_sandbox` takes it."""
        return self.engine, self.image
