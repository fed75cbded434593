"""Pictures of every page, as the demonstration's people see them: `make captures`."""
