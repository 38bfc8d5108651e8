"""Notices to residents through the portal."""
