"""The page: set-up and navigation, nothing else."""
