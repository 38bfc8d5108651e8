"""What survives when processes die, freeze or lose disk and lines under load: real nodes, verified records."""
