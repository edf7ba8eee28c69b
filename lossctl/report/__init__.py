"""Renderers of results and pages: table, plain, json, jsonl, csv, markdown."""
