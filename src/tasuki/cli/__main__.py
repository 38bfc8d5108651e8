"""`python -m tasuki.cli`, the same as `tasuki`."""

from tasuki.cli.main import app

if __name__ == "__main__":
    app()
