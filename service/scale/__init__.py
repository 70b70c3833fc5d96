"""How a run grows and what it costs: measurements that anyone can repeat, see docs/scale.md."""
