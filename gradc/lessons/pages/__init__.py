"""The pages of the verbs that teach: what each shows, as blocks, and the blocks as text."""
