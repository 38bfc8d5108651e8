"""Django settings, one module for each kind of node."""
