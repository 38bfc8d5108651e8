"""Staff, roles and permissions."""
