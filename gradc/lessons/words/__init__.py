"""How a lesson writes: formulas, numbers and equations, as plain text and in LaTeX."""
