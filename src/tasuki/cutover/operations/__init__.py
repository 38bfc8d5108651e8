"""What is written about rehearsals and plans, each act with its record."""
