"""盘点、报损: what is really on the shelves, and what is lost or given away."""
