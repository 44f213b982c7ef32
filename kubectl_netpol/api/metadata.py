"""What do objects of the API have in common? Source: apimachinery meta/v1 types.go."""
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


class LabelSelectorRequirement(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    key: str
    operator: str
    values: tuple[str, ...] | None = None


class LabelSelector(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    match_labels: dict[str, str] | None = None
    match_expressions: tuple[LabelSelectorRequirement, ...] | None = None
