"""Networks, checkpoint import and export, and the registry of model cards."""
