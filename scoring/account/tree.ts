// Owns the tree of meters: what each node took, and what none of its children accounts for, shown and never hidden.
import { Rational } from '../../core/rational.ts';
import { derive, type Figure } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { roleFigure } from './meters.ts';
import { virtualFigure } from './virtual.ts';

/** Figures named `unmetered` for the plant and `unmetered.<meter>` for every feeder that has feeders below it. */
export function balanceTree(inputs: Inputs, consumed: Figure): Record<string, Figure> {
  const { meters, virtual } = inputs.site;
  const feeders = [
    ...meters
      .filter(({ role }) => role === 'feeder')
      .map((meter) => ({ ...meter, figure: roleFigure(inputs, meter, 'energy_import') })),
    ...virtual
      .filter(({ role, point }) => role === 'feeder' && point === 'energy_import')
      .map((meter) => ({ ...meter, figure: virtualFigure(inputs, meter) })),
  ];
  const ids = new Set(feeders.map(({ id }) => id));
  const parents = new Map([...meters, ...virtual].map(({ id, parent }) => [id, parent]));
  /** A meter that counts nothing may lie between two feeders, or between a feeder and the main meter. */
  const feederAbove = (id: string): string | undefined => {
    const parent = parents.get(id);
    return parent === undefined || ids.has(parent) ? parent : feederAbove(parent);
  };
  const below = (parent: string | undefined) => feeders.filter(({ id }) => feederAbove(id) === parent);
  const result: Record<string, Figure> = {};
  const top = below(undefined);
  if (top.length > 0) result.unmetered = rest('unmetered', { zh: '未计量', en: 'not metered' }, consumed, top);
  for (const { id, name, figure } of feeders) {
    const children = below(id);
    if (children.length === 0) continue;
    const named = { zh: `${name.zh}：未计量`, en: `${name.en}: not metered` };
    result[`unmetered.${id}`] = rest(`unmetered.${id}`, named, figure, children);
  }
  return result;
}

function rest(
  id: string,
  name: { zh: string; en: string },
  whole: Figure,
  children: readonly { figure: Figure }[],
): Figure {
  const figures = Object.fromEntries(
    [whole, ...children.map(({ figure }) => figure)].map((figure, index) => [`m${index}`, figure]),
  );
  const formula = Object.keys(figures).join(' - ');
  const result = derive({ id, name, unit: 'kWh' }, formula, figures);
  if (result.exact !== null && result.exact.compare(Rational.zero) < 0) {
    result.trace.notes.push({
      zh: '下级之和大于上级：检查倍率、接线与层级',
      en: 'the children add up to more than their parent: check ratios, wiring and the tree',
    });
  }
  return result;
}
