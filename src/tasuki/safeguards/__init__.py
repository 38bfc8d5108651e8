"""What the ward's report to its council promised for the protection of personal data, and how far it is kept."""
