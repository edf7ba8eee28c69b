"""The commands below `lossctl plot`: one module a picture."""
