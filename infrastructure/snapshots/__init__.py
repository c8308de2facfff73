"""What long accounts came to, kept beside the log so that they need not be folded anew."""
