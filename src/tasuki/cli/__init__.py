"""The tasuki command."""
