"""Recipes that make the models in `models/`. Nothing here is needed to run the program."""
