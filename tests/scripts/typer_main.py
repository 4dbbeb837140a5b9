"""typer.run on a function."""

import typer


def main(data: str, lr: float = 0.1, epochs: int = 2) -> None:
    for epoch in range(1, epochs + 1):
        print({"epoch": epoch, "loss": lr / epoch})


typer.run(main)
