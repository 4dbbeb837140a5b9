"""wandb's command line, so that shell scripts that call it run unchanged."""
