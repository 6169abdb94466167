"""Hostile inputs, made on the spot, and what a sound program does with each."""
