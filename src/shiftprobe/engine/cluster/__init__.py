"""Cells on the machines of a Ray cluster: found, held to one kind, given cells one by one."""
