// Owns the layout of a Sankey: columns of nodes as tall as what flows through them, and ribbons that never cross within a carrier.
import type { CarrierFlow, FlowNode } from '../../../scoring/energy-flow.ts';

/** Meters are read a moment apart: what is below no tenth of a percent says nothing of ratios and wiring. */
export const isWrong = (amount: number | null, total: number): boolean => (amount ?? 0) < -total * 0.001;

export type Box = {
  id: string;
  node: FlowNode | null;
  carrier: CarrierFlow;
  column: number;
  colour: string;
  value: number;
  y: number;
  height: number;
};
export type Ribbon = {
  from: string;
  to: string;
  colour: string;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  height: number;
};
export type Layout = { boxes: Box[]; ribbons: Ribbon[]; columns: number[]; height: number };

export type Amount = (node: FlowNode) => number | null;

const colours: Record<string, string> = {
  grid: '--grid',
  generation: '--sun',
  export: '--export',
  natural_gas: '--gas',
  heat: '--heat',
};
const feeders = 7;
export const barWidth = 10;

type Column = { boxes: Box[]; labelled: boolean };

export function layOut(carriers: readonly CarrierFlow[], amount: Amount, width: number, row: number): Layout {
  let feeder = 0;
  const colourOf = (id: string, carrier: string): string =>
    colours[id] ??
    (id.startsWith('unmetered') ? '--unmetered' : (colours[carrier] ?? `--feeder-${feeder++ % feeders}`));
  const columns: Column[] = [
    { boxes: [], labelled: true },
    { boxes: [], labelled: false },
  ];
  const links: { from: Box; to: Box; colour: string }[] = [];
  const add = (column: number, carrier: CarrierFlow, node: FlowNode | null, value: number, colour: string): Box => {
    const id = `${carrier.carrier}/${column}/${node?.id ?? ''}`;
    const box: Box = { id, node, carrier, column, colour, value, y: 0, height: 0 };
    columns[column] ??= { boxes: [], labelled: true };
    (columns[column] as Column).boxes.push(box);
    return box;
  };
  /** What is not known, or negative, has no width: it is told in words. */
  const widthOf = (node: FlowNode) => Math.max(0, amount(node) ?? 0);
  for (const carrier of carriers) {
    const total = carrier.sources.reduce((sum, node) => sum + widthOf(node), 0);
    const hub = add(1, carrier, null, total, colours[carrier.carrier] ?? '--muted');
    for (const node of carrier.sources) {
      const colour = colourOf(node.id, carrier.carrier);
      links.push({ from: add(0, carrier, node, widthOf(node), colour), to: hub, colour });
    }
    const grow = (from: Box, nodes: readonly FlowNode[], column: number) => {
      for (const node of nodes) {
        const colour = colourOf(node.id, carrier.carrier);
        const box = add(column, carrier, node, widthOf(node), colour);
        links.push({ from, to: box, colour });
        grow(box, node.children, column + 1);
      }
    };
    grow(hub, carrier.uses, 2);
  }
  const tallest = Math.max(...columns.map(({ boxes }) => boxes.reduce((sum, { value }) => sum + value, 0)));
  const most = Math.max(...columns.map(({ boxes }) => boxes.length));
  const flowing = Math.max(320, width * 0.28, most * row * 0.9);
  const scale = tallest === 0 ? 0 : flowing / tallest;
  let height = 0;
  for (const { boxes, labelled } of columns) {
    let y = 0;
    for (const box of boxes) {
      box.height = box.value * scale;
      box.y = y;
      y += Math.max(box.height, labelled ? row : 0) + 8;
    }
    height = Math.max(height, y);
  }
  // Shorter columns stand in the middle.
  for (const { boxes } of columns) {
    const last = boxes.at(-1);
    const used = last === undefined ? 0 : last.y + Math.max(last.height, row);
    for (const box of boxes) box.y += (height - used) / 2;
  }
  const step = columns.length < 3 ? 0 : (width - barWidth) / (columns.length - 1);
  const xs = columns.map((_, column) => column * step);
  const sent = new Map<Box, number>();
  const taken = new Map<Box, number>();
  const ribbons = links.map(({ from, to, colour }): Ribbon => {
    const thickness = Math.min(from.height, to.height);
    const [start, end] = [sent.get(from) ?? 0, taken.get(to) ?? 0];
    sent.set(from, start + thickness);
    taken.set(to, end + thickness);
    return {
      from: from.id,
      to: to.id,
      colour,
      x0: (xs[from.column] ?? 0) + barWidth,
      y0: from.y + start,
      x1: xs[to.column] ?? 0,
      y1: to.y + end,
      height: thickness,
    };
  });
  return { boxes: columns.flatMap(({ boxes }) => boxes), ribbons, columns: xs, height };
}
