"""What the engine and whoever drives it say to each other: jobs in, events out. Versioned, typed on both sides."""
