"""A stand-in for J-LIS, which only the state runs: individual number to resident-record code."""
