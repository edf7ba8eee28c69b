"""What a loss is: declarations, parameters, domains, results, errors."""
