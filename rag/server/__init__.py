"""What is served on this machine: the page, and the same answers for programs."""
