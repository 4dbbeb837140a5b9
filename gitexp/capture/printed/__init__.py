"""Metrics from what a command prints, in any language: bytes → lines → readings → rows."""
