"""Attacks on the whole site in one process: every door and route, by everybody, with anything."""
