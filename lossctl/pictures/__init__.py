"""What plots show, as numbers: curves of losses, reliability, landscapes, items."""
