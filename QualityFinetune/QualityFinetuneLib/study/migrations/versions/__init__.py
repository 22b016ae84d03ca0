"""One file a revision; never changed after a release."""
