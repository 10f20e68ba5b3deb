"""阳光账本: the public page of what everything cost."""
