"""Who is due for which programme, and why (検診対象): dated rules as data, decisions, and the list of a year."""
