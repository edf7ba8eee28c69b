"""Laws every loss of the catalogue obeys, on cases generated from its declaration."""
