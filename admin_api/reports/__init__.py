"""What leaves the house on paper or in a file: cards, lists, statements. Each is made by plain functions over rows."""
