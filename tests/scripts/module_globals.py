"""A training in functions, with a config module's values in capitals and a class of settings."""


class Config:
    lr = 0.01
    epochs = 2
    layers = (8, 8)


def train(cfg):
    for epoch in range(cfg.epochs):
        print(f"epoch {epoch + 1}/{cfg.epochs} train_loss: {cfg.lr / (epoch + 1):.4f}")


if __name__ == "__main__":
    train(Config())
