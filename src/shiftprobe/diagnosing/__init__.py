"""Why transfer helps or does not: experiments in the order of their price, until the gap is explained."""
