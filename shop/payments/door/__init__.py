"""At the door: cash or a transfer, noted with the handoff."""
