"""What a command tells about itself without a change to it."""
