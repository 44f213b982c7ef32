"""What do all objects of the API have? Source: apimachinery meta/v1 types.go."""
from msgspec import Struct


class OwnerReference(Struct, frozen=True, rename="camel", omit_defaults=True):
    kind: str
    name: str
    controller: bool | None = None


class Metadata(Struct, frozen=True, rename="camel", omit_defaults=True):
    name: str = ""
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: tuple[OwnerReference, ...] | None = None
    deletion_timestamp: str | None = None
