"""日结: what one day of a station came to, in goods and in money."""
