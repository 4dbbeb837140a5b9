"""fire.Fire on a function."""

import fire


def main(lr=0.1, epochs=2, name="x"):
    for epoch in range(1, epochs + 1):
        print(f"epoch {epoch}: loss = {lr / epoch}")


fire.Fire(main)
