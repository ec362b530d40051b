"""Quality of a slide: what is fine, what to mind and what to do, as a page, as text and for other programs."""
