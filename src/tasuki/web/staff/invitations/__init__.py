"""Inviting people (受診勧奨): a year and its steps, its list, coupons at the counter, one person."""
