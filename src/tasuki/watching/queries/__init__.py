"""Reads of accesses."""
