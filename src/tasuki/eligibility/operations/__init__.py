"""Writes of eligibility: options, exclusions, and the computed lists."""
