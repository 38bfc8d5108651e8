"""What a gateway answers."""
