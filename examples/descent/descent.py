"""Fit a cubic to noisy samples of a sine by gradient descent, with no library at all."""

import argparse
import math
import random

import gitexp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    rng = random.Random(args.seed)
    xs = [rng.uniform(-1, 1) for _ in range(200)]
    ys = [math.sin(math.pi * x) + rng.gauss(0, args.noise) for x in xs]
    weights = [0.0] * 4  # of 1, x, x², x³

    with gitexp.init(config=vars(args)) as run:
        for step in range(1, args.steps + 1):
            errors = [predict(weights, x) - y for x, y in zip(xs, ys, strict=True)]
            loss = sum(error * error for error in errors) / len(xs)
            for power in range(4):
                slope = sum(2 * e * x**power for e, x in zip(errors, xs, strict=True)) / len(xs)
                weights[power] -= args.lr * slope
            run.log({"loss": loss}, step=step)
            if step % 100 == 0:
                print(f"step {step}  loss {loss:.4f}")
        run.summary["weights"] = {f"x{power}": weight for power, weight in enumerate(weights)}


def predict(weights: list[float], x: float) -> float:
    """The cubic's value at x."""
    return sum(weight * x**power for power, weight in enumerate(weights))


if __name__ == "__main__":
    main()
