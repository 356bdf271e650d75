"""Bridges to what people already have. Each needs a package of its own, and is imported only by whoever asks for it."""
