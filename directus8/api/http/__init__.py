"""What every dialect of the API shares: addresses, callers' addresses, CORS, limits, caching, observation."""
