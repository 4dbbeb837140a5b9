"""Train a convolutional denoising autoencoder on scikit-learn's 8-by-8 digits."""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import gitexp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.01, help="Adam's learning rate")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--noise", type=float, default=0.4, help="standard deviation, in [0, 1]")
    parser.add_argument("--hidden", type=int, default=32, help="channels of the first layer")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    gitexp.init(config=vars(args))

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # the layers are tiny, and the sums come out the same everywhere
    train, test = load_images()
    noisy_test = test + args.noise * torch.randn_like(test)
    model = autoencoder(args.hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    mse = nn.MSELoss()

    step = 0
    for epoch in range(1, args.epochs + 1):
        for clean in train[torch.randperm(len(train))].split(args.batch_size):
            noisy = clean + args.noise * torch.randn_like(clean)  # (batch, 1, 8, 8)
            loss = mse(model(noisy), clean)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            gitexp.log({"loss": loss}, step=step)

        with torch.no_grad():
            val_loss = mse(model(noisy_test), test).item()
        gitexp.log({"val_loss": val_loss, "epoch": epoch}, step=step)
        gitexp.save_checkpoint(
            {"model": model.state_dict(), "optimizer": optimizer.state_dict()},
            step=step,
            label=f"epoch-{epoch:02d}",
            metrics={"val_loss": val_loss},
        )
        print(f"epoch {epoch:2d}  loss {loss.item():.4f}  val_loss {val_loss:.4f}")


def load_images() -> tuple[Tensor, Tensor]:
    """The digits in [0, 1], shuffled: 1437 to train on, 360 to test on, each (n, 1, 8, 8)."""
    images = torch.tensor(load_digits().images / 16, dtype=torch.float32).unsqueeze(1)
    images = images[torch.randperm(len(images))]
    return images[:1437], images[1437:]


def autoencoder(hidden: int) -> nn.Sequential:
    """Half the resolution, twice the channels, and back: (n, 1, 8, 8) to (n, 1, 8, 8)."""
    return nn.Sequential(
        nn.Conv2d(1, hidden, 3, padding=1),  # (n, hidden, 8, 8)
        nn.ReLU(),
        nn.Conv2d(hidden, 2 * hidden, 3, stride=2, padding=1),  # (n, 2 hidden, 4, 4)
        nn.ReLU(),
        nn.ConvTranspose2d(2 * hidden, hidden, 2, stride=2),  # (n, hidden, 8, 8)
        nn.ReLU(),
        nn.Conv2d(hidden, 1, 3, padding=1),  # (n, 1, 8, 8)
        nn.Sigmoid(),
    )


if __name__ == "__main__":
    main()
