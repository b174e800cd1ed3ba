"""Economics: levelised cost, the ground, launch timing, fleets."""
