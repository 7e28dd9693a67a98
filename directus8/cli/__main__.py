"""``python -m directus8.cli``."""

from directus8.cli import main

if __name__ == "__main__":
    main()
