"""How a model is trained: the loop, its steps, and what makes them fast on each machine."""
