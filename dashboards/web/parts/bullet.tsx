// Owns the bar of an indicator: its value, the threshold it is held to, the target above it, and how far it may be wrong.
import type { IndicatorResult } from '../../../scoring/score.ts';

export function Bullet({ indicator }: { indicator: IndicatorResult }) {
  const { value, unit, threshold, target, direction, uncertainty, alternatives } = indicator;
  if (unit === '个' || (value === null && alternatives.length === 0) || threshold === null)
    return <span class="bullet" />;
  const interval = uncertainty?.interval ?? [];
  const marks = [value, threshold, target?.limit ?? null, ...interval, ...alternatives.map((one) => one.value)].flatMap(
    (one) => (one === null ? [] : [one]),
  );
  const low = Math.min(0, ...marks);
  const high = Math.max(threshold * 1.25, Math.max(...marks) * 1.05);
  const at = (one: number) => `${((one - low) / (high - low)) * 100}%`;
  const good =
    direction === 'atMost' ? { left: 0, right: `calc(100% - ${at(threshold)})` } : { left: at(threshold), right: 0 };
  return (
    <span class="bullet drawn" aria-hidden="true">
      <span class="good" style={good} />
      {value !== null && (
        <span class="fill" style={{ left: at(Math.min(0, value)), right: `calc(100% - ${at(Math.max(0, value))})` }} />
      )}
      {uncertainty !== null && uncertainty.standard > 0 && (
        <span
          class="doubt"
          style={{ left: at(uncertainty.interval[0]), right: `calc(100% - ${at(uncertainty.interval[1])})` }}
        />
      )}
      {alternatives.map((one) =>
        one.value === null ? null : <span key={one.name.zh} class="other" style={{ left: at(one.value) }} />,
      )}
      <span class="mark" style={{ left: at(threshold) }} />
      {target !== null && target.limit !== null && <span class="mark target" style={{ left: at(target.limit) }} />}
    </span>
  );
}
