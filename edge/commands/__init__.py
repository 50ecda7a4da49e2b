"""Everything that can be asked for: typed messages with the right they need, and plain functions of one transaction that do them."""
