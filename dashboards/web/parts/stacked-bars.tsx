// Owns bars of parts over time: stacked up from a line, what is taken off below it, and a mark where another time stood.
import { useState } from 'preact/hooks';
import { exact } from '../format.ts';

export type BarPart = { id: string; value: number /** Known only as a part of something longer. */; hatched?: boolean };
export type Bar = {
  key: number;
  tick: string;
  parts: BarPart[];
  ghost?: number | null;
  missing?: boolean;
};

/** Round steps, four or so up to the highest. */
function ticksTo(low: number, high: number): number[] {
  const size = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(size));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= size) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

export function StackedBars(props: {
  bars: Bar[];
  unit: string;
  label: string;
  classOf: (id: string) => string;
  read: (bar: number) => string;
  empty: string;
}) {
  const { bars, unit, label, classOf, read } = props;
  const [pointed, setPointed] = useState<number | null>(null);
  const sums = bars.map(({ parts }) => ({
    up: parts.reduce((all, { value }) => all + Math.max(0, value), 0),
    down: parts.reduce((all, { value }) => all + Math.min(0, value), 0),
  }));
  const high = Math.max(0, ...sums.map(({ up }) => up), ...bars.map(({ ghost }) => ghost ?? 0)) * 1.05 || 1;
  const low = Math.min(0, ...sums.map(({ down }) => down)) * 1.05;
  const share = (value: number) => `${(value / (high - low)) * 100}%`;
  const every = Math.ceil(bars.length / 12);
  return (
    <>
      <p class="readout" aria-hidden="true">
        {pointed === null ? ' ' : read(pointed)}
      </p>
      <div class="bars" role="img" aria-label={label} onPointerLeave={() => setPointed(null)}>
        <div class="bars-scale" aria-hidden="true">
          {ticksTo(low, high).map((tick) => (
            <span key={tick} style={{ bottom: share(tick - low) }}>
              {exact(tick)}
            </span>
          ))}
          <small>{unit}</small>
        </div>
        <div class="bars-field">
          {ticksTo(low, high).map((tick) => (
            <i key={tick} class={tick === 0 ? 'rule zero' : 'rule'} style={{ bottom: share(tick - low) }} />
          ))}
          {bars.map((bar, index) => (
            <div
              key={bar.key}
              class={pointed === index ? 'column pointed' : 'column'}
              style={{ left: `${(index / bars.length) * 100}%`, width: `${100 / bars.length}%` }}
              onPointerEnter={() => setPointed(index)}
            >
              {stacked(bar.parts, -low).map(({ part, from }) => (
                <i
                  key={part.id}
                  class={`${classOf(part.id)}${part.hatched ? ' hatched' : ''}`}
                  style={{ bottom: share(from), height: share(Math.abs(part.value)) }}
                />
              ))}
              {bar.ghost != null && <i class="ghost" style={{ bottom: share(bar.ghost - low) }} />}
              {bar.missing && <span class="nothing">{props.empty}</span>}
            </div>
          ))}
        </div>
        <div class="bars-ticks" aria-hidden="true">
          {bars.map(
            ({ key, tick }, index) =>
              index % every === 0 && (
                <span key={key} style={{ left: `${((index + 0.5) / bars.length) * 100}%` }}>
                  {tick}
                </span>
              ),
          )}
        </div>
      </div>
    </>
  );
}

function stacked(parts: readonly BarPart[], zero: number): { part: BarPart; from: number }[] {
  let [up, down] = [zero, zero];
  return parts.map((part) => {
    if (part.value < 0) {
      down += part.value;
      return { part, from: down };
    }
    const from = up;
    up += part.value;
    return { part, from };
  });
}
