"""From schema to text: terminal, SVG, README, report. Knows no git."""
