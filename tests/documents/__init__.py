"""The documents, and running what they print."""
