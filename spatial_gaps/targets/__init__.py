"""Missions: targets, their ambition, and whether gaps close by levelling up or down."""
