"""The site as it runs for real: server processes, Redis, browsers' tabs and forms by protocol."""
