"""Read models: tables that answer questions, each of them a fold of the log and of nothing else."""
