"""Read one block: in the layout of the plan, without what does not count, checked."""
