"""The version, known without asking the installer."""

__version__ = "0.1.0"
