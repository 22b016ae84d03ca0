"""Reports and experiments on top of a study."""
