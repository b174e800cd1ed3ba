"""The tutorial, with every number taken from what its commands print."""
