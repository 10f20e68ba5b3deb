"""分拣: goods come from the shelves into parcels; lists, bench, scans and labels."""
