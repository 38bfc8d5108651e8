"""What the J-LIS stand-in answers."""
