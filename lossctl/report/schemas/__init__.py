"""JSON Schemas of the documents lossctl writes; they change by addition only."""
