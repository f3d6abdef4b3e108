"""What a change of a graph means: two compilations held against each other, up to names."""
