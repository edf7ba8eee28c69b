"""What a value is compared with, measured from the targets."""
