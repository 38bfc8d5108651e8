"""Who is due (検診対象): lists, the town's options, and people left out."""
