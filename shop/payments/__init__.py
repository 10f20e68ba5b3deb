"""付款: the ways to pay, one folder each (CONTRIBUTING says how to add one)."""
