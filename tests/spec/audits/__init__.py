"""The clocks of incidents."""
