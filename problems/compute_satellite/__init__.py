"""The AI-compute satellite: declarations, and the chain of stages that evaluates it."""
