"""Writes of the follow-up."""
