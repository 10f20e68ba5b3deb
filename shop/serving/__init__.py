"""What `manage.py serve` is made of: an address, a folder made ready, processes watched over."""
