"""Missions: their catalogue, whether targets are worth the name, and what is tracked too coarsely."""
