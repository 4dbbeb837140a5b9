"""The write side: active run, supervisor, commit, recovery."""
