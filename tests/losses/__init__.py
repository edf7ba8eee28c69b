"""What single losses promise beyond the laws of all."""
