"""For those who change the models: `python -m matching.migrations check` and `… write "why"`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.util.exc import CommandError

from matching import migrations


def main(words: list[str]) -> int:
    """`check`: up, compare with the models, down, up again, on a database that is thrown away. `write MESSAGE`."""
    with TemporaryDirectory() as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'migrations.db'}"
        match words:
            case ["check"]:
                migrations.upgrade(url)
                try:
                    migrations.check(url)
                except CommandError as difference:
                    print(f'{difference}\nThe models changed: make migration MESSAGE="why"', file=sys.stderr)
                    return 1
                migrations.downgrade(url, "base")
                migrations.upgrade(url)
                return 0
            case ["write", message] if message:
                migrations.upgrade(url)
                migrations.write(url, message)
                return 0
    print('python -m matching.migrations check | write "why"', file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
