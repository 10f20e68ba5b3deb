"""分货: who gets how much when less came than was ordered."""
