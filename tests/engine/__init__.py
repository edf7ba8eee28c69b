"""How inputs are read: layouts, kinds, tasks, what is left out, options."""
