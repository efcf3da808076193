"""Arguments in, exit status out."""


def main() -> int:
    return 0
