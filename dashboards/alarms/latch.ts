// Owns when an alarm comes and goes: a level to come, another to go, and a time for which either must hold.

/** between: neither over the one level nor back at the other. unknown: there is no value, which proves nothing. */
export type Condition = 'on' | 'off' | 'between' | 'unknown';

export type Levels = { above?: number | undefined; below?: number | undefined; clear?: number | undefined };

/** Without a level of its own to go at, an alarm goes five hundredths of its level inside it. */
export const clearLevel = ({ above, below, clear }: Levels): number => {
  if (clear !== undefined) return clear;
  const level = above ?? below ?? 0;
  return above === undefined ? level + Math.abs(level) * 0.05 : level - Math.abs(level) * 0.05;
};

export function conditionOf(levels: Levels, value: number | null): Condition {
  if (value === null) return 'unknown';
  const { above, below } = levels;
  const clear = clearLevel(levels);
  if (above !== undefined) return value > above ? 'on' : value <= clear ? 'off' : 'between';
  if (below !== undefined) return value < below ? 'on' : value >= clear ? 'off' : 'between';
  return 'unknown';
}

export type Holds = { hold: number; release: number };

/** `turning`: since when the condition speaks for the other side without a break. */
export type Latch = { open: boolean; turning: number | null };

export const atRest: Latch = { open: false, turning: null };

export function turn(latch: Latch, condition: Condition, now: number, { hold, release }: Holds): Latch {
  const { open } = latch;
  if (condition !== (open ? 'off' : 'on')) return latch.turning === null ? latch : { open, turning: null };
  // A clock that was put back must not make anything wait longer than its hold.
  const turning = Math.min(latch.turning ?? now, now);
  return now - turning >= (open ? release : hold) ? { open: !open, turning: null } : { open, turning };
}
