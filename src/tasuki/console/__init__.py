"""What operators of a gateway or the network see and do with a browser; nobody's name, code or number is here."""
