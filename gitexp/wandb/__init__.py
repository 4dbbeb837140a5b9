"""wandb's shape: what scripts that import wandb ask for, answered by gitexp."""
