// Owns scanning a bus: asks each unit whether it is there, one after another, until told to stop.
import type { ModbusBus } from '../modbus/bus.ts';
import { isThere } from './investigate.ts';

export type Scan = { asked: number; found: number[]; interrupted: boolean };

export async function scan(
  bus: ModbusBus,
  units: readonly number[],
  { timeout, signal, onUnit }: { timeout: number; signal: AbortSignal; onUnit: (scan: Scan) => void },
): Promise<Scan> {
  const result: Scan = { asked: 0, found: [], interrupted: false };
  for (const unit of units) {
    if (signal.aborted) return { ...result, interrupted: true };
    if (await isThere(bus, unit, timeout)) result.found.push(unit);
    result.asked++;
    onUnit(result);
  }
  return result;
}

/** "1-20,247" as numbers, each once; undefined where it is none. */
export function unitsOf(text: string): number[] | undefined {
  const units = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to = from] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    if (from === undefined || Number(to) > 255 || Number(from) > Number(to)) return undefined;
    for (let unit = Number(from); unit <= Number(to); unit++) units.add(unit);
  }
  return [...units];
}
