"""URLs, one module for each kind of node."""
