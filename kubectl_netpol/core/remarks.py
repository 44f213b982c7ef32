"""What is to be said, without the sentence? Words are found for it where it is printed."""
from msgspec import Struct


class Remark(Struct, frozen=True):
    """What a sentence says, without the sentence: its code and its facts."""

    code: str
    facts: dict[str, str] = {}
