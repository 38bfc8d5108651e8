"""The way out of a town: one module, so that the real intermediate server can take the place of our gateway."""
