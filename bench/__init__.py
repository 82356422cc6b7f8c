"""Measurements, each beside the bare library on the same work in the same run."""
