"""入库: what came, what it cost, and the photos that prove it."""
