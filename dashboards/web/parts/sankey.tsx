// Owns the drawing of a Sankey: ribbons and labels as SVG, one flow at a time brought forward.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CarrierFlow } from '../../../scoring/energy-flow.ts';
import { compact, percent, text } from '../format.ts';
import type { FlowUnit } from '../screens/flow.tsx';
import { say, worded } from '../words.ts';
import { rem } from './plot.tsx';
import { type Box, barWidth, isWrong, layOut } from './sankey-layout.ts';

const words = worded({ whole: '来源合计' }, { whole: 'All sources' });

const narrow = 700;
const unitNames = { amount: 'kWh', tce: 'tce', tCO2e: 'tCO₂e' } as const;

export function Sankey({ carriers, unit }: { carriers: CarrierFlow[]; unit: FlowUnit }) {
  const holder = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [lit, setLit] = useState<string | null>(null);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const resize = new ResizeObserver(() => setWidth(element.clientWidth));
    resize.observe(element);
    return () => resize.disconnect();
  }, []);
  const size = width === 0 ? 14 : rem();
  const isNarrow = width < narrow;
  // Labels of the last column stand beside it where there is room, and over the ribbons where there is not.
  const room = isNarrow ? 0 : size * 13;
  const { boxes, ribbons, columns, height } = layOut(
    carriers,
    (node) => node[unit],
    width - room,
    size * (isNarrow ? 2.5 : 2.2),
  );
  const total = boxes.filter(({ column }) => column === 0).reduce((sum, { value }) => sum + value, 0);
  const last = columns.length - 1;
  return (
    <div ref={holder} class="sankey">
      <p class="hint">
        {words.value.whole}{' '}
        <b>
          {compact(total)} {unitNames[unit]}
        </b>
      </p>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={summary(boxes, unit, total)}
          style={{ fontSize: `${size * 0.86}px` }}
        >
          {ribbons.map(({ from, to, colour, x0, y0, x1, y1, height: thick }) => {
            const middle = (x0 + x1) / 2;
            return (
              <path
                key={`${from}-${to}`}
                class={lit === null || lit === from || lit === to ? 'ribbon' : 'ribbon dim'}
                style={{ fill: `var(${colour})` }}
                d={`M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}V${y1 + thick}C${middle} ${y1 + thick} ${middle} ${y0 + thick} ${x0} ${y0 + thick}Z`}
              />
            );
          })}
          {boxes.map((box) => (
            <g key={box.id} onPointerEnter={() => setLit(box.id)} onPointerLeave={() => setLit(null)}>
              <rect
                x={columns[box.column]}
                y={box.y}
                width={barWidth}
                height={Math.max(1.5, box.height)}
                style={{ fill: `var(${box.colour})` }}
              />
              <Label
                box={box}
                x={columns[box.column] ?? 0}
                before={isNarrow && box.column === last}
                unit={unit}
                total={total}
                size={size}
              />
            </g>
          ))}
        </svg>
      )}
    </div>
  );
}

type LabelProps = { box: Box; x: number; before: boolean; unit: FlowUnit; total: number; size: number };

function Label({ box: { node, value, y, height }, x, before, unit, total, size }: LabelProps) {
  if (node === null) return null;
  const amount = node[unit];
  const middle = y + Math.max(height, size * 2) / 2;
  const place = before ? { x: x - 6, 'text-anchor': 'end' as const } : { x: x + barWidth + 7 };
  const share = total === 0 || amount === null ? '' : ` · ${percent(value / total, 1)}`;
  const missing = amount === null ? (node.amount === null ? say.value.missing : '—') : null;
  return (
    <text {...place} y={middle}>
      <tspan class="name" {...place} dy="-0.25em">
        {text(node.name)}
      </tspan>
      <tspan {...place} dy="1.25em" class={missing === null && !isWrong(amount, total) ? 'amount' : 'amount wrong'}>
        {missing ?? `${compact(amount)} ${unitNames[unit]}${share}`}
      </tspan>
    </text>
  );
}

function summary(boxes: readonly Box[], unit: FlowUnit, total: number): string {
  const parts = boxes
    .filter(({ node, column }) => node !== null && column !== 1)
    .map(
      ({ node }) =>
        `${node === null ? '' : text(node.name)} ${node === null || node[unit] === null ? say.value.missing : compact(node[unit])}`,
    );
  return `${compact(total)} ${unitNames[unit]}: ${parts.join(', ')}`;
}
