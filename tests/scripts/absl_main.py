"""absl flags."""

from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_float("lr", 0.1, "learning rate")
flags.DEFINE_integer("epochs", 2, "epochs")


def main(argv):
    for epoch in range(FLAGS.epochs):
        print(f"[{epoch}]\ttrain-rmse:{FLAGS.lr / (epoch + 1):.5f}")


app.run(main)
