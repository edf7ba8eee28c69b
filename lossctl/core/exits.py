"""The exit codes of the command line; its help and the README say what they mean."""

OK, GATE_FAILED, USAGE, INVALID_DATA, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 70, 130
