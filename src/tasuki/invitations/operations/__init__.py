"""What is written about invitations."""
