"""A SQLite cache of the runs in git, rebuildable at any time."""
