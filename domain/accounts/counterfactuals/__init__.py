"""What an account's history would be, had its trader done less: pure, from history to history."""
