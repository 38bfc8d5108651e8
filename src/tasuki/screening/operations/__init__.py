"""Writes of the health information system."""
