"""The app's resources, read from git and journals: what the report embeds and the server sends."""
