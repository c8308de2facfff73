"""The domain and its handlers, with no input or output."""
