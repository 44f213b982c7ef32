"""Which names and addresses are still free? Test processes that share a bed must not take the same ones."""
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.live.bed.users import NOBODIES


class Claims:
    """An empty file of the folder for each name that is taken; an iterator never offers again what it has offered."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.users = self._free(NOBODIES)
        self.addresses = self._free(f"10.244.{high}.{low}" for high, low in itertools.product(range(256), range(1, 255)))

    def _free(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            try:
                (self.folder / name).touch(exist_ok=False)
            except FileExistsError:
                continue
            yield name
