"""Pages and where their stories begin."""
