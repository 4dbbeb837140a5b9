"""A list that can be walked the ways that wandb's pages can: `next()`, `len()`, `.objects`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Listed(Sequence[T], Generic[T]):
    """What an Api call found, all of it at once; nothing is fetched page by page.

    Args:
        found: the items, or what they are made of.
        per_page: accepted.
        start: a `cursor` of such a list: what comes after it.
        title: the repr; `{n}` in it is the length.
        make: an item of what was found, made when it is looked at.
    """

    def __init__(
        self,
        found: Sequence[Any],
        per_page: int = 50,
        start: str | None = None,
        title: str = "",
        make: Callable[[Any], T] | None = None,
    ) -> None:
        self._skipped = int(start or 0)
        self._found = found[self._skipped :]
        self._make = make
        self._title = title
        self._at = -1
        self.per_page = per_page

    def _made(self, found: Any) -> T:
        made: T = found if self._make is None else self._make(found)
        return made

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._made(found) for found in self._found[index]]
        return self._made(self._found[index])

    def __iter__(self) -> Iterator[T]:
        for at, found in enumerate(self._found):
            self._at = at
            yield self._made(found)

    def __next__(self) -> T:
        if self._at + 1 >= len(self._found):
            raise StopIteration
        self._at += 1
        return self._made(self._found[self._at])

    next = __next__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list | tuple | Listed):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @property
    def objects(self) -> list[T]:
        """All items."""
        return self[:]

    @property
    def length(self) -> int:
        """How many there are."""
        return len(self)

    @property
    def more(self) -> bool:
        """Whether there is another page: never."""
        return False

    @property
    def cursor(self) -> str | None:
        """Where `next()` stands, for another list's `start`; None: at the end."""
        at = self._at + 1
        return str(self._skipped + at) if at < len(self) else None

    def __repr__(self) -> str:
        return self._title.replace("{n}", str(len(self))) or repr(self.objects)
