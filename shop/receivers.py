"""What happens in the station when delivery or Oscar announce something: all of it is here."""
