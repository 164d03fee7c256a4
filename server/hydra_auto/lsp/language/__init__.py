"""The catalog as a language: an editor's buffer -> diagnostics, completion, hover, lenses, symbols, actions.

`source` knows the buffer's places and `outline` reads it even while it is half typed; `place` tells where
the cursor stands. On these and on a `View` (what the layers together say) every feature is one module of
pure functions that make lsprotocol's objects; `service` holds the open buffers and answers the client.
"""
