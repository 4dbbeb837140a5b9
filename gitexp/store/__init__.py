"""The git side, the only code that touches the repository."""
