"""What the machine does meanwhile: one probe for each source of numbers, and their sampler."""
