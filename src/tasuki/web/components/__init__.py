"""Components and the page that shows them all."""
