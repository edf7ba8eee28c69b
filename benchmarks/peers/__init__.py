"""What lossctl is compared with, one module a framework; each has a table of losses by name."""
