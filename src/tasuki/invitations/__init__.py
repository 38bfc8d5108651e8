"""Inviting people to screenings (受診勧奨): target lists, coupons, reminders, refusals."""
