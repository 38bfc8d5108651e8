"""Screens of the follow-up of detailed examinations."""
