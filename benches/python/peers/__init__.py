"""The applications of the peers, one file per interface, and the servers that need more words."""
