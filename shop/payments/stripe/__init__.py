"""Online, on a page of Stripe's."""
