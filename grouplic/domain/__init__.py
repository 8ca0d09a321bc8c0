"""Entities and pure rules: no session, no clock, no framework, no input or output."""
