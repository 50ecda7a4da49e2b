"""One file a device. Each adapter satisfies a small Protocol of edge.ports and is proven by that port's contract suite."""
