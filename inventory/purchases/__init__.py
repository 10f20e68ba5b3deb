"""采购: what is bought of whom: suppliers and their offers, what to buy, purchases."""
