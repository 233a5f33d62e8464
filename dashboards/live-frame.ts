// Owns the frame that the live page gets once a second: the newest readings, and the totals made of them.
import type { MeterConfig } from '../core/config/site-schema.ts';
import type { PointId } from '../core/points.ts';
import type { CarbonRate, RateFactors } from '../scoring/carbon-rate.ts';
import type { AlarmTally } from './alarms/answers.ts';

export type LiveReading = {
  value: number | null;
  quality: number;
  /** When the device answered. */
  time: number;
};

export type LiveFrame = {
  /** The server's clock: ages are reckoned against it, not against the reader's. */
  now: number;
  meters: Record<string, Partial<Record<PointId, LiveReading>>>;
  /** What the plant uses at the moment: from the grid, and of its own. */
  consumption: number | null;
  grid: number | null;
  generation: number | null;
  carbon: CarbonRate;
  alarms: AlarmTally;
};

export type SiteMeter = {
  id: string;
  name: { zh: string; en: string };
  role: MeterConfig['role'];
  carrier: MeterConfig['carrier'];
  parent: string | null;
  /** Of the points that its role expects: which of its own counters stands for each, where it is another. */
  reads?: MeterConfig['reads'];
  staleAfter: number;
};

export type SiteDescription = {
  site: string;
  name: { zh: string; en: string };
  timezone: string;
  packs: { id: string; name: { zh: string; en: string } }[];
  meters: SiteMeter[];
  /** The newest year that is over at the plant. */
  lastClosedYear: number;
  factors: RateFactors;
};
