"""Probes of the machine, one file each, and the sampler that asks them."""
