"""Single designs of a front: chosen, evaluated, differentiated, told in detail."""
