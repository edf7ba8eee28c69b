"""Agreement with other frameworks, where they define the same thing."""
