"""What-if: recorded histories judged under another pack, or as they might have been."""
