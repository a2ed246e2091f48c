"""Drawing a ticket: one layout, painted as SVG, PDF and PNG. Knows nothing of AWS, nor of the other rooms."""
