"""One module a page: a thin state, and functions that compose its parts."""
