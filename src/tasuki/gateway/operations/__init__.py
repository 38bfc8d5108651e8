"""What the intermediate server does, by subject."""
