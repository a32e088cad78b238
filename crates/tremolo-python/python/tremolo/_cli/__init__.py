"""The command line: `tremolo [OPTIONS] APP`."""
