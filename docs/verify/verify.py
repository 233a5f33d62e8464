#!/usr/bin/env python3
"""Checks the hashes of a .tanbiao file and computes its totals and T/CACE again, with nothing but Python's standard library.

    python3 verify.py FILE        exit code 0: everything equal; 1: something differs

It shares no code with the program that made the file. The signature needs one more tool: extract signature.json and use
openssl as docs/snapshots.md says, or compare its fingerprint and run `tanbiao verify`.
"""
import csv, hashlib, io, json, sys, zipfile
from datetime import date
from fractions import Fraction as F

bundle = zipfile.ZipFile(sys.argv[1])
read = lambda name: bundle.read(name)
signature, snapshot = json.loads(read("signature.json")), json.loads(read("snapshot.json"))
plant, year = snapshot["plant"], snapshot["period"]["year"]
wrong = []

listed = {**snapshot["files"], **signature["files"]}
for name, expected in listed.items():
    if hashlib.sha256(read(name)).hexdigest() != expected:
        wrong.append(f"{name} is not what was signed")
for name in set(bundle.namelist()) - set(listed) - {"signature.json"}:
    wrong.append(f"{name} does not belong to the snapshot")

exact = lambda number: F(str(number))
ledger = [json.loads(line)["entry"] for line in read("ledger.jsonl").splitlines()]
of = lambda kind: [entry for entry in ledger if entry["kind"] == kind]
factor = {f["factor"]: exact(f["value"]) for f in snapshot["factors"]}
by_id = {f["id"]: exact(f["value"]) for f in snapshot["factors"]}

STEPS = {"energy_import": 1000, "energy_export": 1000, "energy_generated": 1000, "energy_discharged": 1000, "gas_volume": 1000, "heat_energy": 100000}
above = {meter["id"]: meter.get("parent") for meter in plant["meters"]}
def lies_below(meter, own):  # what a meter of the same role higher up has counted already
    while meter is not None and above.get(meter) not in own: meter = above.get(meter)
    return meter is not None
reads = {meter["id"]: meter.get("reads") or {} for meter in plant["meters"]}  # counters that stand in for those asked for
def slots(meter, point):  # quarter of an hour -> exact amount; after the empty line, a row for each quarter of a day, a column for each day
    _, table = read(f"slots/{meter}.{reads[meter].get(point, point)}.csv").decode().split("\n\n")
    (_, step), *rows = csv.reader(io.StringIO(table))
    return {row + 96 * day: F(int(cell) * int(step), STEPS[point])
            for row, cells in enumerate(rows) for day, cell in enumerate(cells) if cell != ""}
def told(meter, point):  # quarters of which something is known: a slot may be there to say that nobody knows it
    runs = read(f"slots/{meter}.{reads[meter].get(point, point)}.csv").decode().split("\n\n")[0].splitlines()[1:]
    covered = {int(first) + more for first, count, _, time, *_ in (run.split(",") for run in runs) if float(time) > 0 for more in range(int(count))}
    return covered | {quarter for quarter, value in slots(meter, point).items() if value}
def outermost(role, carrier=None):
    plays = {role, role.split("_")[0]}  # a main meter or a battery's counts both ways, or there is one for each
    own = {m["id"] for m in plant["meters"] if m["role"] in plays and (carrier is None or m["carrier"] == carrier)}
    return [meter for meter in own if not lies_below(meter, own)]
def by_quarter(role, point, carrier=None):
    total = {}
    for meter in outermost(role, carrier):
        for quarter, value in slots(meter, point).items():
            total[quarter] = total.get(quarter, 0) + value
    return total
amount = lambda *asked: sum(by_quarter(*asked).values(), F(0))

SCALE = {"t": 1, "kg": F(1, 1000), "Nm3": 1, "万Nm3": 10000, "GJ": 1, "MJ": F(1, 1000), "kWh": F(1, 1000), "MWh": 1}
scaled = lambda entry: exact(entry["amount"]) * SCALE[entry["unit"]]
def billed(carrier, point):  # kWh of electricity bills; one whose meter has readings in its days is only compared with them
    days = lambda e: range(*((date.fromisoformat(e[end]) - date(year, 1, 1)).days + more for end, more in (("from", 0), ("to", 1))))
    return [scaled(e) * 1000 for e in of("booking") if e["carrier"] == carrier and e["from"][:4] == str(year)
            and not ("meter" in e and any(quarter // 96 in days(e) for quarter in slots(e["meter"], point)))]

# The electricity balance; own use is found quarter by quarter, where export is metered.
generated = by_quarter("generation", "energy_generated")
exported = by_quarter("grid_export", "energy_export")
stored = by_quarter("storage_discharge", "energy_discharged")
sold = billed("electricity_sold", "energy_export")
totals = {"grid_import": amount("grid_import", "energy_import") + sum(billed("electricity", "energy_import"), F(0))}
totals["grid_export"] = sum(exported.values(), F(0)) + sum(sold, F(0))
totals["electricity_generated"] = sum(generated.values(), F(0))
known = [told(meter, "energy_export") for meter in outermost("grid_export")]
used = sum((max(F(0), made - exported[q]) for q, made in generated.items() if q in exported and all(q in one for one in known)), F(0))
fed = sum((min(out - generated.get(q, 0), stored.get(q, F(0))) for q, out in exported.items() if out > generated.get(q, 0)), F(0))
totals["electricity_self_used"] = max(F(0), used - fed)  # what storage gave to the grid is not own use
if sold: totals["electricity_self_used"] = max(F(0), totals["electricity_generated"] - totals["grid_export"])
totals["electricity_consumed"] = totals["grid_import"] + totals["electricity_generated"] - totals["grid_export"]

# Fuels and heat: metered and booked. Emissions: amount x calorific value x carbon x oxidation x 44/12.
booked = lambda carrier: sum((scaled(e) for e in of("booking") if e["carrier"] == carrier and e["from"][:4] == str(year)), F(0))
fuels = {m["carrier"] for m in plant["meters"] if m["role"] == "fuel"} | {e["carrier"] for e in of("booking")} - {"heat", "heat_sold", "electricity", "electricity_sold"}
family = plant["factors"]["fuels"]
def burnt(fuel, quantity):  # calorific values are per t or per 10 000 Nm3
    unit = next((f["unit"] for f in snapshot["factors"] if f["factor"] == f"{family}.{fuel}.ncv"), None)
    if quantity == 0: return F(0)
    ncv = factor[f"{family}.{fuel}.ncv"] / (10000 if unit.endswith("万Nm3") else 1)
    return quantity * ncv * factor[f"{family}.{fuel}.carbon"] * factor[f"{family}.{fuel}.oxidation"] * F(44, 12)
totals["heat_purchased"] = amount("heat", "heat_energy") + booked("heat")
totals["emissions_electricity"] = totals["grid_import"] * by_id["grid_factor"] / 1000
totals["emissions_fuel"] = sum((burnt(f, amount("fuel", "gas_volume", f) + booked(f)) for f in fuels), F(0))
totals["emissions_heat"] = totals["heat_purchased"] * by_id["heat_factor"]
if any(e["year"] == year for e in of("emission")) or booked("heat_sold") or any(m["role"] == "heat_export" for m in plant["meters"]) or plant["virtual"]:
    sys.exit("this page covers power, fuels and heat; the plant has sold heat, other emissions or virtual meters: use tanbiao verify")
totals["emissions_total"] = totals["emissions_electricity"] + totals["emissions_fuel"] + totals["emissions_heat"]

# T/CACE annex A.
retired = F(0)
for held in (e for e in of("certificate") if e["generationYear"] == year and e["tradable"]):
    claims = [("", held["retired"], held.get("retiredFor"))] if held["retired"] else []
    claims += [(e["date"], e["count"], e["forYear"]) for e in of("retirement") if e["certificate"] == held["id"]]
    left = held["count"]
    for _, count, claimed in sorted(claims, key=lambda claim: claim[0]):
        taken, left = min(left, count), left - min(left, count)
        retired += taken if claimed == year else 0
offset = sum((exact(e["tonnes"]) for e in of("credit") if e.get("retiredFor") == year), F(0))
def saved(one):
    if one["carrier"] == "electricity": return scaled(one) * by_id["grid_factor"]
    return scaled(one) * by_id["heat_factor"] if one["carrier"] == "heat" else burnt(one["carrier"], scaled(one))
reduced = sum((saved(one) for e in of("measure") if e["year"] == year for one in e["saves"]), F(0))
totals.update(certificates_retired=retired, credits_retired=offset, reductions=reduced)
indicators = {
    "ca-2": (totals["electricity_self_used"] + retired * 1000) / totals["electricity_consumed"] * 100,
    "ca-3": reduced / totals["emissions_total"] * 100,
    "ca-4": (reduced + offset) / totals["emissions_total"] * 100,
}

score = next((s for s in snapshot["scores"] if s["pack"] == "tcace"), snapshot["scores"][0])
sealed = {name: trace["value"] for name, trace in score["account"].items() if name in totals}
if score["pack"] == "tcace":
    sealed.update((i["id"], i["value"]) for i in score["indicators"] if i["id"] in indicators)
for name, value in sealed.items():
    found = float({**totals, **indicators}[name])
    equal = value is not None and abs(found - value) <= 1e-12 * max(1, abs(value))
    print(f"{'=' if equal else '≠'} {name:24} sealed {value}  computed {found}")
    if not equal: wrong.append(name)
print(f"{len(listed)} files, key {signature['fingerprint']}, signed {signature['at']}")
print("everything is equal" if not wrong else "DIFFERENT: " + "; ".join(wrong))
sys.exit(1 if wrong else 0)
