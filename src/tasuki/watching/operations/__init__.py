"""What is written of accesses."""
