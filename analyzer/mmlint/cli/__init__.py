"""The command line: `mmlint.cli.main`, and one module a subcommand."""
