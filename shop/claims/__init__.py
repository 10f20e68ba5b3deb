"""售后: something of what came was wrong; said, looked at, answered."""
