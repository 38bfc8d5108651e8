"""HTTP endpoints between nodes."""
