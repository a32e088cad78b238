"""The applications of the peers, one file per interface, and the start of some servers."""
