"""Pages of the person index: who is who, and what is wrong with it."""
