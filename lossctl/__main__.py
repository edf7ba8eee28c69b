"""`python -m lossctl` is `lossctl`."""

from lossctl.cli.main import main

if __name__ == "__main__":
    main()
