"""From the door's account at the station."""
