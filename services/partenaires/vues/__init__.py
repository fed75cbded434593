"""What each actor sees of organisations, members, dispositifs and conventions. One module per view."""
