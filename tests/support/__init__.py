"""What several test files need: records of claims, repeated runs, small sizes, commands as a shell starts them."""
