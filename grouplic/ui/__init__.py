"""Reflex only: pages, panels and thin states."""
