"""A click program with sub-commands."""

import click


@click.group()
@click.option("--debug/--no-debug", default=False)
def cli(debug: bool) -> None:
    pass


@cli.command()
@click.option("--lr", type=float, default=0.1)
@click.option("--layers", type=int, multiple=True, default=(8, 8))
@click.argument("data")
def train(lr: float, layers: tuple[int, ...], data: str) -> None:
    for epoch in (1, 2):
        click.echo(
            f"Epoch {epoch}/2 - train: loss {lr / epoch:.3f} | val: loss {2 * lr / epoch:.3f}"
        )


cli()
