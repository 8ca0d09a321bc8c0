"""The outside world: database, payments, mail, clock, live bus."""
