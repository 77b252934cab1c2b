"""Missions and targets: is the gap closing, and is the target worth the name?"""
