"""The yearly check of what the report promises, incidents, and what an inspection is given (監査と事故)."""
