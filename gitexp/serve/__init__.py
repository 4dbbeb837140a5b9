"""The live dashboard: one page, served to the browsers of this machine."""
