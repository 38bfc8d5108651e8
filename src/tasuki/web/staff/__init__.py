"""Pages for a town's staff."""
