#!/usr/bin/env python3
"""arrival.py: read JSON lines of a job as they come, and judge what their
progress foretold.

Prints how many records of progress there were, how many foretold the end, and
of those that foretold more than a second the smallest and largest ratio of
what was foretold to what it took, in hundredths, and the largest total.  The
first fifth of the time is not judged; nor is the end, when all is read and
the snapshot is being committed.
"""
import json
import sys
import time

start = time.monotonic()
seen = []
count = 0
totals = set()
for line in sys.stdin:
    row = json.loads(line)
    if row['t'] == 'progress':
        count += 1
        totals.add(row['bytes_total'])
        if row['eta_s'] is not None:
            seen.append((time.monotonic(), row['eta_s']))
end = time.monotonic()
ratios = [int(100 * eta / (end - at)) for at, eta in seen
          if eta > 1 and at - start > (end - start) / 5]
print(count, len(seen), min(ratios, default=0), max(ratios, default=0),
      max(totals, default=0))
