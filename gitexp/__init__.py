"""Git-native experiment tracking: every training run is a chain of commits on its own ref."""

from gitexp._version import __version__

__all__ = ["__version__"]
