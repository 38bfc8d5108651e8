"""What is written about checks and incidents."""
