"""What `make bench` runs: `python -m bench` for P1 to P5, E1 and I1 of docs/guarantees.md, then `… growth` for P7."""

import sys

from tests.system.relay import running_relay

from bench import evidence, growth, inquiries, links, records
from bench.figures import Figure, keep, show


def main() -> int:
    """Measure, print, keep; return 0 whatever is held: what is not held yet is said, not hidden."""
    if sys.argv[1:] == ["growth"]:
        with running_relay(durable=True) as relay:
            show(growth.measure(relay))
        return 0
    figures: list[Figure] = []
    with running_relay(durable=True) as relay:
        for title, measure in (
            ("P3, P4: inquiries", inquiries.measure),
            ("P5: evidence", evidence.measure),
            ("P1, P2, E1: results, replicas, who is due", records.measure),
        ):
            print(f"measuring {title} …", file=sys.stderr, flush=True)
            figures += measure(relay)
    print("measuring I1: inspection of links …", file=sys.stderr, flush=True)
    figures += links.measure()
    figures.sort(key=lambda figure: figure.id)
    show(figures)
    keep(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
