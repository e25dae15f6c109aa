"""What other services may ask, on this service's own port."""
