"""hydra, two jobs in one process."""

import hydra


@hydra.main(config_path="conf", config_name="base", version_base="1.2")
def main(cfg):
    for epoch in range(2):
        print(f"epoch {epoch} loss {cfg.lr / (epoch + 1)}")


main()
