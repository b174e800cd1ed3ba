"""heliofront-bench: the frozen problem for other optimisers, its reference front and ranking."""
