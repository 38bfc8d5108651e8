"""What happened, durable and provable: the log of records, its Merkle tree and its verifier."""
