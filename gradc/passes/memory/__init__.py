"""What a program holds while it runs, and how it is made to hold less."""
