"""The unified person index (団体内統合宛名等システム) and the custody of individual numbers."""
