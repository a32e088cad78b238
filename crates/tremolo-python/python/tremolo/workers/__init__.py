"""Several processes that serve one application: the supervisor, its workers, what they share."""
