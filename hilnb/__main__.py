"""`python -m hilnb`: the command, also where its script is not on the PATH."""

from hilnb.command import main

if __name__ == "__main__":
    raise SystemExit(main())
