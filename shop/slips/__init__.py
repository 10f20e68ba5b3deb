"""纸单: an order form on paper for doors without a phone.

`sheets` says what is printed for which door, `codes` what its QR means, `keying` makes the order
of what was ticked.
"""
