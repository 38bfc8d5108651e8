"""Shapes the values of other contexts into what a template shows; no database, no request."""
