// Owns the making of a snapshot: what may be sealed when, its place in the chain, and the shelf that takes it whole.

import { Calendar } from '../core/calendar.ts';
import { canonicalHash } from '../core/canonical.ts';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/config/site.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Store } from '../core/store.ts';
import { composeSnapshot, type Place, type Software, sealBundle } from './compose.ts';
import type { Correction, Snapshot } from './form.ts';
import { gatherMaterial } from './gather.ts';
import { plantKey } from './key.ts';
import { type Opened, openSound } from './open.ts';
import { draftName, putOnShelf, readSnapshot, sealedIn, sealedName, shelfOf } from './shelf.ts';

export type Workshop = {
  site: Site;
  dataFolder: string;
  store: Pick<Store, 'slots' | 'facts' | 'losses'>;
  ledger: Pick<Ledger, 'current' | 'history' | 'append'>;
  clock: Clock;
  software: Software;
};

export type Made = { file: string; hash: string; snapshot: Snapshot };

function refuse(code: string, zh: string, en: string): never {
  throw new Fault(code, { zh, en }, { exitCode: exitCodes.data });
}

/** A correction says why; without one, a year is sealed once. */
export async function sealYear(shop: Workshop, year: number, why?: Pick<Correction, 'cause' | 'by'>): Promise<Made> {
  const calendar = new Calendar(shop.site.timezone);
  const now = shop.clock.now();
  if (now < calendar.year(year).end)
    refuse('year_open', `${year} 年尚未结束，只能生成草稿`, `${year} is not over: only a draft can be made of it`);
  const shelf = shelfOf(shop.dataFolder);
  const sealed = sealedIn(shelf);
  const chained = sealed.at(-1);
  const last = chained && openSound(readSnapshot(chained.file));
  const same = sealed.findLast((one) => one.year === year);
  const before = same === chained ? last : same && openSound(readSnapshot(same.file));
  if (before !== undefined && why === undefined)
    refuse(
      'year_sealed',
      `${year} 年已封存（${same?.name}）；如需更正，请用 --cause 写明原因`,
      `${year} is sealed already (${same?.name}); to correct it, name the cause with --cause`,
    );
  if (before === undefined && why !== undefined)
    refuse(
      'nothing_to_correct',
      `${year} 年尚未封存，无从更正`,
      `${year} is not sealed yet: there is nothing to correct`,
    );
  const correction = before && why ? { of: before.hash, ...why, day: calendar.formatDay(now) } : null;
  const number = (chained?.number ?? 0) + 1;
  const place: Place = { number, state: 'sealed', previous: last?.hash ?? null, correction };
  const made = await make(shop, year, place, sealedName(number, year), before);
  citeSealed(shop);
  return made;
}

/** Tells the ledger what is sealed: the readings behind it are kept, whatever the site says about how long. */
export function citeSealed({ site, dataFolder, ledger, clock }: Workshop): void {
  const calendar = new Calendar(site.timezone);
  const cited = new Set(ledger.current().map(({ entry }) => entry.id));
  for (const { file, number, year } of sealedIn(shelfOf(dataFolder))) {
    const id = `seal-${number}-${year}`;
    if (cited.has(id)) continue;
    const { start, end } = calendar.year(year);
    const [from, to] = [calendar.formatDay(start), calendar.formatDay(end - 1)];
    const sha256 = openSound(readSnapshot(file)).hash;
    ledger.append({ kind: 'seal', id, sha256, from, to }, 'tanbiao', 'sealed', clock.now());
  }
}

/** Named after the last month that it tells of. */
export function draftYear(shop: Workshop, year: number, month: number): Promise<Made> {
  return make(shop, year, { number: 0, state: 'draft', previous: null, correction: null }, draftName(year, month));
}

async function make(shop: Workshop, year: number, place: Place, name: string, before?: Opened): Promise<Made> {
  const { site, dataFolder, store, ledger, clock, software } = shop;
  const key = plantKey(dataFolder);
  const material = await gatherMaterial(site, year, store, ledger, dataFolder);
  const snapshot = composeSnapshot(material, place, software);
  if (snapshot.series.every(({ slots }) => slots === 0))
    refuse('year_empty', `${year} 年没有任何读数`, `there are no readings of ${year}`);
  if (before !== undefined && contentOf(snapshot) === contentOf(before.snapshot))
    refuse(
      'nothing_changed',
      `没有变化：现有数据算出的结果与已封存的 ${year} 年快照完全相同，未生成新快照`,
      `nothing changed: the data of now say exactly what the sealed snapshot of ${year} says; no new one was made`,
    );
  const { bytes, hash } = await sealBundle(snapshot, material.files, key, clock.now());
  // Making takes seconds: another year may have been sealed meanwhile, under the number and behind the snapshot that this one names.
  const last = sealedIn(shelfOf(dataFolder)).at(-1)?.number ?? 0;
  if (place.state === 'sealed' && last !== place.number - 1)
    refuse(
      'snapshot_taken',
      `编号 ${place.number} 已被同时封存的另一份快照占用：请再试一次`,
      `number ${place.number} was taken by a snapshot that was sealed at the same time: try again`,
    );
  return { file: putOnShelf(shelfOf(dataFolder), name, bytes), hash, snapshot };
}

/** What a snapshot says, whenever and as which number it was made. Which device answers now, and where, says nothing of its year. */
function contentOf({ number: _, previous: __, correction: ___, ledger: { used }, ...said }: Snapshot): string {
  const withoutDevice = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && 'meter' in value && 'point' in value
      ? { ...value, source: undefined, facts: undefined }
      : value;
  return canonicalHash(JSON.parse(JSON.stringify({ ...said, used }, withoutDevice)));
}
