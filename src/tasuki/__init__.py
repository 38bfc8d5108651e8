"""Tasuki (襷): screening results that follow residents when they move."""

__version__ = "0.1.0"
