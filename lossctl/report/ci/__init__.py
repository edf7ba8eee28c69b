"""Reports for CI systems, all from one neutral list of outcomes (``lossctl.core.outcome``)."""
