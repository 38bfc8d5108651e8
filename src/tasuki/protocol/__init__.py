"""Messages between nodes: envelopes, signatures, the one HTTP client and the server glue."""
