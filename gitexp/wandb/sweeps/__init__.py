"""wandb's sweeps over a grid or at random; agents share their state in the git folder."""
