#!/usr/bin/env python3
"""Checks the packets of a closed pool: python3 docs/packets/verify.py FILE

FILE is what `npm run verify-packets -- ... --save FILE` writes. Needs Python 3.8 and nothing else, and shares no code with the
platform: it follows docs/packets/recipe.md. Exit code 0 only when everything holds.
"""
import hashlib
import json
import math
import sys

ROUNDS = 8


class Wrong(Exception):
    pass


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def insist(holds, what):
    if not holds:
        raise Wrong(what)


def read(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except OSError as error:
        raise Wrong("%s cannot be read: %s" % (path, error.strerror))
    insist(text.endswith("\n"), "the last line is not whole")
    lines = text[:-1].split("\n")
    before = "".join(line + "\n" for line in lines[:-1])
    insist(json.loads(lines[-1]) == {"sha256": sha256(before)}, "the checksum is not the one of the lines before it")
    return json.loads(lines[0]), [json.loads(line) for line in lines[1:-1]]


def check_seal(pool):
    insist(pool["version"] == "floodgate-packets-1", "these are other rules")
    insist(sha256(pool["authorSecret"]) == pool["authorCommitment"], "the author showed another secret")
    insist(sha256(pool["approverSecret"]) == pool["approverCommitment"], "the approver showed another secret")
    insist(pool["authorCommitment"] != pool["approverCommitment"], "both people have one secret")
    where = [pool["campaignId"], pool["poolId"]]
    seed = sha256("\n".join(["floodgate-seed-1", *where, pool["authorSecret"], pool["approverSecret"]]))
    insist(seed == pool["seed"], "the seed is not made of both secrets")
    levels = ",".join("%dx%d" % (level["amountFen"], level["count"]) for level in pool["levels"])
    terms = [pool["stock"], pool["mode"], pool["totalFen"], pool["minFen"], pool["maxFen"]]
    sealed = "\n".join([pool["version"], *where, *map(str, terms), levels, seed])
    insist(sha256(sealed) == pool["commitment"], "the commitment is not the hash of seed and terms")
    insist(pool["committedAtMs"] < pool["t0Ms"], "the commitment was not in the log before T0")


def draws(seed):
    key = sha256(seed)
    return lambda label: int(sha256(key + label)[:13], 16)


def slot_amounts(pool, draw):
    stock, total = pool["stock"], pool["totalFen"]
    if pool["mode"] == "EQUAL":
        base, rest = divmod(total, stock)
        return [base + (slot < rest) for slot in range(stock)]
    if pool["mode"] == "LEVELS":
        return [level["amountFen"] for level in pool["levels"] for _ in range(level["count"])]
    low, high, amounts = pool["minFen"], pool["maxFen"], []
    todo = [(0, stock, total)]
    while todo:
        first, count, amount = todo.pop()
        if count == 1:
            amounts.append(amount)
            continue
        left = count // 2
        spare = min(amount - count * low, count * high - amount)
        reach = spare * left // count // (math.isqrt(left - 1) + 1)
        part = amount * left // count + draw("split %d %d" % (first, count)) % (2 * reach + 1) - reach
        todo.append((first + left, count - left, amount - part))
        todo.append((first, left, part))
    return amounts


def slots_of_units(stock, draw):
    columns = math.isqrt(stock - 1) + 1
    rows = -(-stock // columns)
    shifts = {}

    def shift(step, line, below):
        if (step, line) not in shifts:
            shifts[step, line] = draw("permute %d %d" % (step, line)) % below
        return shifts[step, line]

    def slot(unit):
        row, column = divmod(unit, columns)
        for step in range(0, ROUNDS, 2):
            column = (column + shift(step, row, columns)) % columns
            row = (row + shift(step + 1, column, rows)) % rows
        place = row * columns + column
        return place if place < stock else slot(place)

    return [slot(unit) for unit in range(stock)]


def check_packets(pool, granted):
    draw = draws(pool["seed"])
    amounts = slot_amounts(pool, draw)
    slots = slots_of_units(pool["stock"], draw)
    insist(sorted(slots) == list(range(pool["stock"])), "two units share a slot")
    insist(sum(amounts) == pool["totalFen"], "the packets do not sum to the pool")
    bounds = (pool["minFen"], pool["maxFen"]) if pool["mode"] == "RANDOM" else (1, pool["totalFen"])
    insist(bounds[0] <= min(amounts) and max(amounts) <= bounds[1], "a packet is out of bounds")
    units = [packet["unitNo"] for packet in granted]
    insist(units == sorted(set(units)) and len(units) == pool["granted"], "the list of granted packets is not whole")
    for packet in granted:
        expected = amounts[slots[packet["unitNo"]]]
        insist(packet["amountFen"] == expected, "unit %d is %d fen" % (packet["unitNo"], expected))


def main(path):
    try:
        pool, granted = read(path)
        check_seal(pool)
        check_packets(pool, granted)
    except json.JSONDecodeError as error:
        print("NOT VERIFIED: the file is not what verify-packets --save writes: %s" % error)
        return 1
    except (Wrong, ValueError, KeyError, IndexError, TypeError, AttributeError, ZeroDivisionError) as error:
        print("NOT VERIFIED: %s" % error)
        return 1
    name = "%s/%s" % (pool["campaignId"], pool["poolId"])
    print("VERIFIED: %d packets of %s, %d granted" % (pool["stock"], name, len(granted)))
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python3 docs/packets/verify.py FILE")
    sys.exit(main(sys.argv[1]))
