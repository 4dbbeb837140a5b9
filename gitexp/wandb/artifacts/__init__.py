"""wandb's Artifact: named, versioned files, kept in git with the run that logged them."""
