"""The other end of every Gatelatch wire: serial lines, cameras, doors, a central server, and their faults."""
