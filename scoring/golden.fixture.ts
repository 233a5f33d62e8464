// The golden plant of the standard's worked example as inputs, for tests that change one thing of it.
import { join } from 'node:path';
import { Calendar, hour } from '../core/calendar.ts';
import { loadSite } from '../core/config/site.ts';
import { readYaml } from '../core/config/yaml-file.ts';
import { type LedgerEntry, ledgerFileSchema, type Revision } from '../core/ledger.ts';
import { emptySlot, type Slot } from '../core/slots.ts';
import type { Inputs } from './inputs.ts';

export const site = loadSite(join(import.meta.dirname, '../deploy/sites/golden'));
const period = new Calendar(site.timezone).year(2025);
export const declared = readYaml(join(site.folder, 'ledger.yaml'), ledgerFileSchema).value?.entries ?? [];

export type Hourly = (hourOfDay: number) => number;

export function slots(hourly: Hourly, decimals = 3): Slot[] {
  const list: Slot[] = [];
  for (let start = period.start; start < period.end; start += hour) {
    const hourOfDay = ((start - period.start) / hour) % 24;
    list.push({ ...emptySlot(start), value: hourly(hourOfDay) * 10 ** decimals, covered: hour });
  }
  return list;
}

export const load: Hourly = (h) => (h >= 8 && h < 20 ? 1_000 : 500);
export const sun: Hourly = (h) => (h >= 10 && h < 15 ? 1_400 : 0);

const revision = (entry: LedgerEntry, index: number): Revision => ({
  number: index + 1,
  at: 0,
  author: '',
  reason: '',
  entry,
  previous: '',
  hash: `${index}`,
});

export function inputs(
  change: {
    ledger?: (entries: LedgerEntry[]) => LedgerEntry[];
    slots?: Record<string, Slot[]>;
    site?: Partial<typeof site>;
  } = {},
): Inputs {
  const entries = change.ledger === undefined ? declared : change.ledger(declared);
  return {
    site: { ...site, ...change.site },
    year: 2025,
    period,
    facts: new Map(),
    ledger: entries.map(revision),
    slots: new Map(
      Object.entries({
        'main.energy_import': slots((h) => Math.max(0, load(h) - sun(h))),
        'main.energy_export': slots((h) => Math.max(0, sun(h) - load(h))),
        'pv-roof.energy_generated': slots(sun),
        'workshop.energy_import': slots(load),
        'gas-main.gas_volume': slots(() => 50),
        ...change.slots,
      }),
    ),
  };
}
