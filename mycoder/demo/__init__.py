"""A packaged repository with real bugs and real failing tests, to see the main job done without any set-up."""
