"""Results entered by hand: entry, correction with its history, withdrawal, and screenings residents declare."""
