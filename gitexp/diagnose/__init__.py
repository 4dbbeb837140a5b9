"""Pure rules: what was logged and watched → findings in plain words."""
