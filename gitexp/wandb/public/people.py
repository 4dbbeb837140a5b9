"""People, as wandb's Api has them: git knows their names and addresses, and nothing else."""

from __future__ import annotations

from gitexp.errors import GitexpError


class User:
    """Who made a run, or who you are.

    Attributes:
        name, username: as git says it.
        email: likewise; "" where a run does not tell.
        entity: wandb's user or team.
        teams, api_keys: none.
        admin: nobody is.
    """

    def __init__(self, author: str, entity: str = "") -> None:
        name, _, email = author.partition(" <")
        self.name = self.username = name
        self.email = email.rstrip(">")
        self.entity = entity
        self.teams: list[str] = []
        self.api_keys: list[str] = []
        self.admin = False

    def __str__(self) -> str:
        return self.name

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NoAccount(f"gitexp's User has no {name!r}: there are no accounts, see docs/wandb.md")

    def __repr__(self) -> str:
        return f"<User {self.email or self.name}>"


class NoAccount(GitexpError, AttributeError):
    """Something of an account."""
