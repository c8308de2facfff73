"""Laws of prices, profit and trading days."""
