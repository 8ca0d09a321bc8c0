"""Use cases, one verb each: ``f(session, …, actor, now)``. They never commit."""
