"""wandb's public Api, answered from the repository's own runs: nothing is asked of a network."""
