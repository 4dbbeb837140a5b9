"""The read side: runs, selectors, filter, comparison."""
