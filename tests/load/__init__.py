"""Many people on one site: short forms of what `make load` measures, and what a full site says."""
