"""Predict how diabetes progresses in a year: linear regression by stochastic gradient descent."""

import argparse

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import gitexp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eta0", type=float, default=0.001, help="learning rate")
    parser.add_argument("--alpha", type=float, default=0.01, help="weight of the L2 penalty")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    run = gitexp.init(config={"model": "SGDRegressor", **vars(args)}, tags=["sklearn"])

    data = load_diabetes()
    train_x, test_x, train_y, test_y = train_test_split(
        data.data, data.target, test_size=0.25, random_state=args.seed
    )
    scaler = StandardScaler().fit(train_x)
    train_x, test_x = scaler.transform(train_x), scaler.transform(test_x)

    model = SGDRegressor(
        alpha=args.alpha, eta0=args.eta0, learning_rate="constant", random_state=args.seed
    )
    for epoch in range(1, args.epochs + 1):
        model.partial_fit(train_x, train_y)
        run.log(
            {
                "train": {"mse": mean_squared_error(train_y, model.predict(train_x))},
                "test": {
                    "mse": mean_squared_error(test_y, model.predict(test_x)),
                    "r2": r2_score(test_y, model.predict(test_x)),
                },
            },
            step=epoch,
        )

    strongest = data.feature_names[int(np.argmax(np.abs(model.coef_)))]
    run.summary["test.mae"] = mean_absolute_error(test_y, model.predict(test_x))
    run.summary["strongest_feature"] = strongest
    print(f"test r2 {r2_score(test_y, model.predict(test_x)):.3f}, mostly by {strongest}")


if __name__ == "__main__":
    main()
