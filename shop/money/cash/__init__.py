"""现金: in whose hands it is, what is in the till, and what two people counted of it."""
