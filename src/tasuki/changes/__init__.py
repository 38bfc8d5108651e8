"""Changes of the national layouts: what an edition changes, and both sides' word for every line of it."""
