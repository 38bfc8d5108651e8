"""Reads of checks and incidents."""
