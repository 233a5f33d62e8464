// Owns what rules need from the store and from files: asked now and then, never at every round.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Calendar, day, hour } from '../../core/calendar.ts';
import { metersIn, counterOf as readBy } from '../../core/config/roles.ts';
import type { Site } from '../../core/config/site.ts';
import type { PointId } from '../../core/points.ts';
import { writtenWithin } from '../../core/slots.ts';
import type { Store } from '../../core/store.ts';
import { seriesOf } from '../../scoring/inputs.ts';
import { loadCurve } from '../api/load.ts';
import type { SlowFacts } from './observe.ts';
import type { Rule } from './rules.ts';
import { demandsOf, isWeekend, median, type Usual, usualOf } from './usual.ts';

const usualDays = 28;
const fewestDays = 5;

export const knownNothing: SlowFacts = {
  lost: null,
  refused: null,
  certificates: [],
  coverage: null,
  quarters: new Map(),
  usual: new Map(),
  shares: new Map(),
};

/** What was refused since a moment: how many, by the reason's code. */
export type Refusals = (since: number) => { code: string; count: number }[];

export function counterOf(site: Site, meter: string): PointId {
  const found = site.meters.find(({ id }) => id === meter);
  return readBy(found ?? {}, found?.role === 'generation' ? 'energy_generated' : 'energy_import');
}

/** Every minute. */
export async function nearFacts(
  site: Site,
  rules: readonly Rule[],
  store: Pick<Store, 'losses' | 'slots'>,
  refusals: Refusals | undefined,
  now: number,
): Promise<Pick<SlowFacts, 'lost' | 'refused' | 'quarters'>> {
  const lost = new Map<string, number>();
  for (const { gateway, readings, to } of await store.losses())
    if (to >= now - day) lost.set(gateway, (lost.get(gateway) ?? 0) + readings);
  const counts = refusals?.(now - day);
  const sum = (isOurs: (code: string) => boolean) =>
    (counts ?? []).filter(({ code }) => isOurs(code)).reduce((all, { count }) => all + count, 0);
  const isClock = (code: string) => code.startsWith('clock_');
  const quarters = new Map<string, { start: number; value: number | null }>();
  for (const meter of quarterMeters(site, rules)) {
    const curve = await loadCurve(
      store,
      { meter, point: counterOf(site, meter), start: now - 2 * hour, end: now },
      now,
    );
    const last = demandsOf(curve).findLast(({ value }) => value !== null);
    if (last !== undefined) quarters.set(meter, last);
  }
  return {
    lost,
    quarters,
    refused: counts === undefined ? null : { clock: sum(isClock), other: sum((code) => !isClock(code)) },
  };
}

function quarterMeters(site: Site, rules: readonly Rule[]): Set<string> {
  const named = rules.flatMap((rule) => (rule.kind === 'demand' || rule.kind === 'base_load' ? [rule.meter] : []));
  const grid = rules.some(({ kind }) => kind === 'usual_base') ? mainsOf(site) : [];
  return new Set([...named, ...grid]);
}

/** Those through which power comes in. */
export const mainsOf = (site: Site): string[] => metersIn(site.meters, 'grid_import').map(({ id }) => id);

/** Every hour. */
export async function farFacts(
  site: Site,
  rules: readonly Rule[],
  store: Store,
  now: number,
): Promise<Pick<SlowFacts, 'coverage' | 'usual' | 'shares' | 'certificates'>> {
  const has = (kind: Rule['kind']) => rules.some((rule) => rule.kind === kind);
  const usual = new Map<string, Usual>();
  const meters = [
    ...(has('usual_base') ? mainsOf(site) : []),
    ...(has('pv') ? site.meters.filter(({ role }) => role === 'generation').map(({ id }) => id) : []),
  ];
  for (const meter of meters) usual.set(meter, await usualFor(site, store, meter, now));
  const shares = new Map<string, number | null>();
  for (const rule of rules)
    if (rule.kind === 'daily') shares.set(rule.id, (await dayShares(site, store, rule, now)).at(-1)?.value ?? null);
  return {
    usual,
    shares,
    coverage: has('coverage') ? await coverageOf(site, store, now) : null,
    certificates: has('certificate') ? certificatesOf(site, now) : [],
  };
}

export async function usualFor(site: Site, store: Store, meter: string, now: number): Promise<Usual> {
  const series = { meter, point: counterOf(site, meter) };
  return usualOf(
    await loadCurve(store, { ...series, start: now - usualDays * day, end: now }, now),
    new Calendar(site.timezone),
  );
}

/** Of the counter that is covered least, over the year so far. Null on the first day. */
async function coverageOf(site: Site, store: Store, now: number): Promise<number | null> {
  const calendar = new Calendar(site.timezone);
  const { start } = calendar.year(calendar.yearOf(now));
  const passed = now - writtenWithin - start;
  if (passed < day) return null;
  const lists = await store.slots(seriesOf(site), 'day', { start, end: now });
  const shares = lists.map((slots) => slots.reduce((sum, { covered }) => sum + covered, 0) / passed);
  return shares.length === 0 ? null : Math.min(1, ...shares);
}

/** Of each day that is over, the amount as a share of the median of the days like it before: weekends apart. */
export async function dayShares(
  site: Site,
  store: Store,
  { meter, point }: { meter: string; point: PointId },
  now: number,
  days = 1,
): Promise<{ start: number; value: number | null }[]> {
  const calendar = new Calendar(site.timezone);
  const end = calendar.dayOf(now).start;
  const start = end - (usualDays + days) * day;
  const [slots = []] = await store.slots([{ meter, point }], 'day', { start, end });
  const whole = slots.filter(({ start: at, covered }) => {
    const { start: from, end: to } = calendar.dayOf(at);
    return covered >= 0.95 * (to - from);
  });
  return whole
    .filter(({ start: at }) => at >= end - days * day - hour)
    .map(({ start: at, value }) => {
      const alike = whole.filter((one) => one.start < at && isWeekend(one.start, calendar) === isWeekend(at, calendar));
      const usual = alike.length < fewestDays ? null : median(alike.map((one) => one.value));
      return { start: at, value: usual === null || usual <= 0 ? null : value / usual };
    });
}

/** Ours and those of the page, of brokers and devices, wherever site.yaml names a file. One that cannot be read is told of by who uses it. */
export function certificatesOf(site: Site, now: number): { file: string; days: number }[] {
  const connections = site.gateways.flatMap((gateway) => gateway.connections);
  const named = [
    [site.page.tls?.certificate],
    site.broker.kind === 'external' ? [site.broker.tls?.ca, site.broker.tls?.certificate] : [],
    ...connections.map(({ mqtt, opcua }) => [
      mqtt.tls?.ca,
      mqtt.tls?.certificate,
      opcua.user !== undefined && 'certificate' in opcua.user ? opcua.user.certificate : undefined,
    ]),
  ].flat();
  const files = [...new Set(named.filter((file) => file !== undefined))];
  return files.flatMap((file) => {
    const end = endOf(file);
    return end === null ? [] : [{ file, days: Math.floor((end - now) / day) }];
  });
}

function endOf(file: string): number | null {
  try {
    return new X509Certificate(readFileSync(file)).validToDate.getTime();
  } catch {
    return null; // the connection that needs it says what is wrong with it
  }
}
