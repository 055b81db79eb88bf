"""What is known of values at each point of a function: its flow as a graph, and states on it."""
