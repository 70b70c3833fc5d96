"""The subcommands of `storyseam`; `service.cli` puts them together."""
