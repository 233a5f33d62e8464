// Owns following what others stored: which stretches of which series their slots must be made again for.

import { hour, minute } from '../../core/calendar.ts';
import type { Clock } from '../../core/clock.ts';
import type { Change, ChangeSource } from '../../core/store.ts';
import type { RollUp } from './roll-up.ts';

/** How far the clocks of workers may be apart, and how long one may take between its note and its last reading. */
const overlap = 5 * minute;

/** Gives what follows once. */
export function followChanges(source: ChangeSource, rollUp: Pick<RollUp, 'note'>, clock: Clock): () => Promise<void> {
  const seen = new Map<string, number>();
  return async () => {
    const followed = await source.followed();
    const changes = (await source.changesSince(followed - overlap)).filter(({ id }) => !seen.has(id));
    if (changes.length === 0) return;
    for (const { gateway, from, to } of joinedStretches(changes)) {
      const keys = await source.seriesIn(gateway, { start: from, end: to + 1 });
      rollUp.note(keys.map((key) => ({ key, from, to })));
    }
    // A worker whose clock is far ahead must not hide what the others store until then.
    const newest = Math.min(clock.now(), Math.max(followed, ...changes.map(({ at }) => at)));
    await source.setFollowed(newest);
    for (const { id, at } of changes) seen.set(id, at);
    for (const [id, at] of seen) if (at < newest - 2 * overlap) seen.delete(id);
  };
}

/** Commits follow each other by the second: what lies within an hour is one question. */
function joinedStretches(changes: readonly Change[]): Omit<Change, 'id' | 'at'>[] {
  const joined: Omit<Change, 'id' | 'at'>[] = [];
  const sorted = [...changes].sort((a, b) => a.gateway.localeCompare(b.gateway) || a.from - b.from);
  for (const { gateway, from, to } of sorted) {
    const last = joined.at(-1);
    if (last?.gateway === gateway && from - last.to <= hour) last.to = Math.max(last.to, to);
    else joined.push({ gateway, from, to });
  }
  return joined;
}
