"""Pages about accesses: the log, alerts and their review, the monthly report."""
