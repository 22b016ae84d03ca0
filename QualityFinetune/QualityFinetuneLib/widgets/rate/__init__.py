"""The Rate panel: one reader, one case, one quality form."""
