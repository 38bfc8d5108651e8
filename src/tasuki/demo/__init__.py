"""Fictitious towns, loaded through the real operations."""
