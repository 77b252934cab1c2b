"""Targets: what changed, whether the gap is closing, and whether a target is worth its name."""
