"""The catalogue: every operation is one stanza in the `.graph` files of this folder."""
