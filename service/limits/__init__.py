"""Who may ask for what, how much of it, and how much at a time."""
