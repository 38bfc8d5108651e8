"""Pure values every other package may use: dates, names, check digits, institutions, actors."""
