"""Reports as one HTML file: what they hold, their pictures, the page."""
