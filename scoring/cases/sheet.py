#!/usr/bin/env python3
# Owns the check of the worked years' arithmetic: every row of an expected.yaml follows from numbers and the rows above it.
"""    python3 sheet.py FILE...        exit code 0: every row is right; 1: names those that are not

Nothing but Python's standard library and exact fractions: it shares no code with the program that is tested.
"""
import re, sys
from fractions import Fraction

ROW = re.compile(r'\{(?:(id|row): ([\w-]+), )?is: "([^"]+)", value: (-?[\d.]+)(?:, unit: "[^"]*")?(.*)\}')
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
known = {}

def worth(arithmetic):
    return eval(NUMBER.sub(lambda number: f"Fraction('{number.group()}')", arithmetic), {"Fraction": Fraction, **known})

def differs(arithmetic, printed):  # printed to twelve digits where the decimals do not end
    exact = worth(arithmetic)
    return abs(exact - Fraction(printed)) > abs(exact) * Fraction(1, 10**11)

wrong = rows = 0
for file in sys.argv[1:]:
    known = {}
    for number, line in enumerate(open(file, encoding="utf8"), 1):
        found = ROW.search(line)
        if found is None: continue
        rows += 1
        _, name, arithmetic, value, rest = found.groups()
        points = re.search(r'points: "([^"]+)", score: (-?[\d.]+)', rest)
        if name: known[name.replace("-", "_")] = worth(arithmetic)
        for what, printed in [(arithmetic, value)] + ([points.groups()] if points else []):
            if differs(what, printed):
                print(f"{file}:{number}: {what} is {float(worth(what))!r}, not {printed}")
                wrong += 1
print(f"{rows} rows, {wrong} wrong")
sys.exit(1 if wrong or not rows else 0)
