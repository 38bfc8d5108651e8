"""Settings, keys, logging and the embedded database."""
