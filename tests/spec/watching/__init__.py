"""The rules by which accesses are looked into."""
