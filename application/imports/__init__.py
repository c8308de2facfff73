"""Taking in what a platform exported: files of trades, read, judged and booked."""
