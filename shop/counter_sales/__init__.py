"""柜台: selling over the counter."""
