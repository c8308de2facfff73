"""What-if questions put to processes, files and jobs."""
