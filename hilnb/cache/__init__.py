"""Not doing the same work twice: the cache contract and the caches."""
