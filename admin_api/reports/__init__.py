"""What is printed. Plain values in, PDF or PNG out; nothing here knows a database or who is asking."""
