"""What a node is made of: its configuration, keys, database and processes."""
