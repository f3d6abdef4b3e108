"""What every target tells a reader: names, headings, chain rules."""
