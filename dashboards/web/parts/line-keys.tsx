// Owns the key of a chart's lines: each in its colour, dashed where it is drawn dashed.
import type { PlotSeries } from './plot.tsx';

type Line = Pick<PlotSeries, 'label' | 'colour'> & { isDashed: boolean };

export const isDashed = ({ faint = false, solid = false }: PlotSeries): boolean => faint && !solid;

export function LineKeys({ lines }: { lines: readonly Line[] }) {
  return (
    <>
      {lines.map(({ label, colour, isDashed }) => (
        <span key={label}>
          <i
            class="line-key"
            style={{ borderTopColor: `var(${colour})`, borderTopStyle: isDashed ? 'dashed' : 'solid' }}
          />{' '}
          {label}
        </span>
      ))}
    </>
  );
}
