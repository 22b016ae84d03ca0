"""Checkpoints of others, turned into the parameter names and shapes of the networks here."""
