"""互助金: gifts that pay for others, and what they pay of which order."""
