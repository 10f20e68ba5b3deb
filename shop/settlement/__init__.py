"""结算: money follows the goods of a closed order."""
