"""Words and channels: what people read, and how it reaches them."""
