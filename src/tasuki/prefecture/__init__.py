"""A prefecture's worth of institutions on two gateways and one network: the demonstration at its largest."""
