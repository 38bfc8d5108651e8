"""The yearly check, its findings, and incidents."""
