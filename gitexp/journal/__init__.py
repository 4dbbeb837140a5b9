"""A run's folder on local disk while it runs: append, tail, heartbeat."""
