// Owns how a figure compares with another time: direction in a sign and a word, and how much.
import { percent } from '../format.ts';
import { worded } from '../words.ts';

const words = worded({ up: '升', down: '降', same: '持平' }, { up: 'up', down: 'down', same: 'unchanged' });

/** Null where there is nothing to compare with: a change from nothing is no percentage. */
export function changeText(now: number | null, before: number | null | undefined): string | null {
  if (now === null || before === null || before === undefined || before === 0) return null;
  const change = (now - before) / Math.abs(before);
  if (Math.abs(change) < 0.0005) return `＝ ${words.value.same}`;
  return `${change > 0 ? '▲' : '▼'} ${change > 0 ? words.value.up : words.value.down} ${percent(Math.abs(change))}`;
}

export function Delta(props: { now: number | null; before: number | null | undefined; against: string }) {
  const text = changeText(props.now, props.before);
  if (text === null) return null;
  return (
    <span class="delta">
      {props.against} {text}
    </span>
  );
}
