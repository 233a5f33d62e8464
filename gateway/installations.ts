// Owns which device stood behind a meter since when: what people wrote down of replacements, and what the gateway noticed itself.
import { day } from '../core/calendar.ts';
import type { MeterConfig } from '../core/config/site-schema.ts';
import type { PointId } from '../core/points.ts';
import type { Installation } from '../core/sample.ts';

type Written = Pick<MeterConfig, 'multiplier' | 'replaced'>;

/** A new number that the gateway saw this near to a written replacement is that replacement. */
const sameEvent = 31 * day;

/**
 * Who replaces a meter writes down what both showed; the gateway sees only that a meter tells another number. A replacement that nobody
 * wrote down stays without readings: what flowed across it is not known.
 */
export function installationsOf(
  { multiplier = 1, replaced = [] }: Written,
  point: PointId,
  seen: readonly Installation[],
): Installation[] {
  if (multiplier === 1 && replaced.length === 0) return [...seen];
  const changes = seen.slice(1);
  const all: (Installation & { before?: number | undefined })[] = [
    { serial: seen[0]?.serial ?? '', from: seen[0]?.from ?? 0, multiplier },
  ];
  for (const { at: written, serial, final, initial, multiplier: own = multiplier } of replaced) {
    const at = Date.parse(written);
    const found = changes.findIndex((one) => one.serial === serial || Math.abs(one.from - at) <= sameEvent);
    const [noticed] = found < 0 ? [] : changes.splice(found, 1);
    all.push({
      serial: serial ?? noticed?.serial ?? '',
      from: Math.min(at, noticed?.from ?? at), // the clock of the switchroom may be slow
      initial: initial?.[point],
      multiplier: own,
      before: final?.[point],
    });
  }
  for (const change of changes) all.push({ ...change, multiplier });
  all.sort((a, b) => a.from - b.from);
  return all.map(({ before: _, ...one }, index) => ({ ...one, final: all[index + 1]?.before }));
}
