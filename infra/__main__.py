"""`python -m infra`: the hera-env command."""

from infra.hera_env.cli import main

if __name__ == "__main__":
    main()
