"""What is known how well: sensitivity, odds, regret and the value of information."""
