// Owns the choice of the time range: presets, one step earlier or later, or any days.
import { go } from '../address.ts';
import { isoDay } from '../format.ts';
import { choose, dayFrom, period, preset, presets, shift } from '../range.ts';
import { say } from '../words.ts';

export function RangePicker() {
  const words = say.value;
  const now = period.value;
  if (now === null) return null;
  const [first, last] = [isoDay(now.start) ?? '', isoDay(now.end - 1) ?? ''];
  const set = (from: string, to: string) => {
    const [start, end] = [dayFrom(from), dayFrom(to)];
    if (start !== null && end !== null) choose(Math.min(start, end), Math.max(start, end));
  };
  return (
    <fieldset class="range">
      <legend class="hidden">{words.range}</legend>
      <div class="choices">
        {presets.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={preset.value === one}
            onClick={() => go({ range: one, from: null, to: null })}
          >
            {words.presets[one]}
          </button>
        ))}
      </div>
      <div class="days-chosen">
        <button type="button" class="quiet" aria-label={words.earlier} onClick={() => shift(-1)}>
          ‹
        </button>
        <input
          type="date"
          aria-label={words.from}
          value={first}
          onChange={(event) => set(event.currentTarget.value, last)}
        />
        <span aria-hidden="true">–</span>
        <input
          type="date"
          aria-label={words.to}
          value={last}
          onChange={(event) => set(first, event.currentTarget.value)}
        />
        <button type="button" class="quiet" aria-label={words.later} onClick={() => shift(1)}>
          ›
        </button>
      </div>
    </fieldset>
  );
}
