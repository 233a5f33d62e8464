// Owns how the bands of a tariff look and are called: a pattern and a word each, never a colour alone.
import type { Band } from '../../../scoring/tariff/bands.ts';
import { worded } from '../words.ts';

export const bandWords = worded(
  {
    names: { sharp: '尖峰', peak: '高峰', flat: '平段', valley: '低谷', deep_valley: '深谷' } satisfies Record<
      Band,
      string
    >,
    short: { sharp: '尖', peak: '峰', flat: '平', valley: '谷', deep_valley: '深' } satisfies Record<Band, string>,
  },
  {
    names: { sharp: 'Sharp peak', peak: 'Peak', flat: 'Flat', valley: 'Valley', deep_valley: 'Deep valley' },
    short: { sharp: 'S', peak: 'P', flat: 'F', valley: 'V', deep_valley: 'D' },
  },
);

/** From dear to cheap. */
export const bandOrder: readonly Band[] = ['sharp', 'peak', 'flat', 'valley', 'deep_valley'];

export const bandClass = (band: string): string => `band ${band}`;

export function BandKey({ band }: { band: Band }) {
  return (
    <span class="band-key">
      <i class={bandClass(band)} aria-hidden="true" /> {bandWords.value.names[band]}
    </span>
  );
}

export const clock = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

type Run = { band: Band; from: number; to: number };

export function runsOf(halfHours: readonly Band[]): Run[] {
  const runs: Run[] = [];
  for (const [at, band] of halfHours.entries()) {
    const last = runs.at(-1);
    if (last?.band === band) last.to = (at + 1) * 30;
    else runs.push({ band, from: at * 30, to: (at + 1) * 30 });
  }
  return runs;
}

/** A day from midnight to midnight. */
export function BandStrip({ halfHours }: { halfHours: readonly Band[] }) {
  const runs = runsOf(halfHours);
  return (
    <div
      class="band-strip"
      role="img"
      aria-label={runs
        .map(({ band, from, to }) => `${clock(from)}–${clock(to)} ${bandWords.value.names[band]}`)
        .join(', ')}
    >
      {runs.map(({ band, from, to }) => (
        <span key={from} style={{ flexGrow: to - from }} title={`${clock(from)}–${clock(to)}`}>
          <i class={bandClass(band)} />
          <b>{bandWords.value.short[band]}</b>
          <small>{Number(clock(from).slice(0, 2))}</small>
        </span>
      ))}
    </div>
  );
}
