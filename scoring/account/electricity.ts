// Owns the electricity balance: import, export, generation, and own use, found slot by slot.
import { counterOf, metersIn } from '../../core/config/roles.ts';
import type { MeterConfig } from '../../core/config/site-schema.ts';
import type { PointId } from '../../core/points.ts';
import { Rational } from '../../core/rational.ts';
import type { Text } from '../../core/text.ts';
import { joinParts } from '../../core/trace.ts';
import { derive, type Figure, sumOf } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { naming } from '../vocabulary.ts';
import { gridFlow } from './grid.ts';
import { roleFigure, slotsOf } from './meters.ts';

export type ElectricityBalance = Record<
  | 'grid_import'
  | 'grid_export'
  | 'electricity_generated'
  | 'electricity_self_used'
  | 'electricity_consumed'
  | 'storage_charged'
  | 'storage_discharged'
  | 'storage_losses',
  Figure
>;

export function balanceElectricity(inputs: Inputs): ElectricityBalance {
  const generators = metersIn(inputs.site.meters, 'generation');
  const figures = generators.map((meter) => roleFigure(inputs, meter, 'energy_generated'));
  const electricity_generated = sumOf(naming('electricity_generated'), figures, true);
  const grid_import = gridFlow(inputs, 'grid_import').figure;
  // Without generation a plant exports nothing, and its main meter may have no such register.
  const outward = generators.length === 0 ? undefined : gridFlow(inputs, 'grid_export');
  const grid_export = outward?.figure ?? sumOf(naming('grid_export'), [], true);
  const electricity_consumed = derive(
    naming('electricity_consumed'),
    'grid_import + electricity_generated - grid_export',
    {
      grid_import,
      electricity_generated,
      grid_export,
    },
  );
  const electricity_self_used =
    outward?.billed === true
      ? selfUseOfYear(electricity_generated, grid_export)
      : selfUse(inputs, electricity_generated, grid_export);
  return {
    grid_import,
    grid_export,
    electricity_generated,
    electricity_self_used,
    electricity_consumed,
    ...storage(inputs),
  };
}

/** Storage lies inside the boundary: what it loses is consumption already, and is shown by itself. */
function storage(
  inputs: Inputs,
): Pick<ElectricityBalance, 'storage_charged' | 'storage_discharged' | 'storage_losses'> {
  const sum = (id: 'storage_charged' | 'storage_discharged', way: 'storage_charge' | 'storage_discharge'): Figure =>
    sumOf(
      naming(id),
      metersIn(inputs.site.meters, way).map((meter) =>
        roleFigure(inputs, meter, way === 'storage_charge' ? 'energy_charged' : 'energy_discharged'),
      ),
      true,
    );
  const storage_charged = sum('storage_charged', 'storage_charge');
  const storage_discharged = sum('storage_discharged', 'storage_discharge');
  const storage_losses = derive(naming('storage_losses'), 'storage_charged - storage_discharged', {
    storage_charged,
    storage_discharged,
  });
  storage_losses.trace.notes.push({
    zh: '含期末与期初存量之差',
    en: 'includes the difference of what was stored at the end and at the start',
  });
  return { storage_charged, storage_discharged, storage_losses };
}

/** A bill has no quarters of an hour: over the year the surplus of one hour may pay for the shortage of another, and that is said. */
function selfUseOfYear(electricity_generated: Figure, grid_export: Figure): Figure {
  const figure = derive(naming('electricity_self_used'), 'max(electricity_generated - grid_export, 0 * grid_export)', {
    electricity_generated,
    grid_export,
  });
  figure.trace.notes.push({
    zh: '上网电量来自结算单，只能按年相减，不能逐时段计算',
    en: 'export is known by bills: subtracted over the year, not slot by slot',
  });
  return figure;
}

/**
 * Generation less export, never below zero in any slot: over a year the surplus of one hour would pay for the shortage
 * of another. Where two meters' clocks differ, a slot can show more export than generation; that is told, not hidden.
 */
function selfUse(inputs: Inputs, generated: Figure, exported: Figure): Figure {
  const at = (role: MeterConfig['role'], point: PointId): readonly SlotSum[] =>
    sumSlots(metersIn(inputs.site.meters, role).map((meter) => slotsOf(inputs, meter.id, counterOf(meter, point))));
  const generation = at('generation', 'energy_generated');
  const surplus = at('grid_export', 'energy_export');
  let used = 0;
  let clipped = 0;
  let unmatched = 0;
  let next = 0;
  for (const { start, value: made } of generation) {
    while (next < surplus.length && (surplus[next] as SlotSum).start < start) next++;
    const given = surplus[next];
    if (given?.start !== start) unmatched += made;
    else if (given.value > made) clipped += given.value - made;
    else used += made - given.value;
  }
  const notes: Text[] = [];
  const kWh = (steps: number) => (steps / 1_000).toLocaleString('en-US');
  if (clipped > 0) {
    notes.push({
      zh: `有时段上网电量大于发电量，合计 ${kWh(clipped)} kWh，已按零计（两表时钟或精度差异）`,
      en: `in some slots more was exported than generated, ${kWh(clipped)} kWh in all, counted as zero (clocks or accuracy of the two meters)`,
    });
  }
  if (unmatched > 0) {
    notes.push({
      zh: `${kWh(unmatched)} kWh 发电量没有对应时段的上网读数，未计入自用`,
      en: `for ${kWh(unmatched)} kWh of generation there are no export readings of the same slots: not counted as own use`,
    });
  }
  const known = generated.exact !== null && exported.exact !== null;
  const exact = known ? Rational.of(used, 1_000) : null;
  const parts = [generated.trace, exported.trace];
  return {
    exact,
    trace: {
      ...naming('electricity_self_used'),
      value: exact?.toNumber() ?? null,
      ...joinParts(parts),
      formula: 'Σ max(0, electricity_generated − grid_export)',
      slope: 'electricity_generated - grid_export',
      numbers: `Σ ${generation.length} × 15 min`,
      notes: known ? notes : [{ zh: '缺少发电或上网电量', en: 'generation or export is missing' }],
      parts,
    },
  };
}

type SlotSum = { start: number; value: number };

/** Slot by slot over several meters, in order of time; a single meter's slots are that already. */
function sumSlots(lists: readonly (readonly SlotSum[])[]): readonly SlotSum[] {
  const [only = [], ...others] = lists;
  if (others.length === 0) return only;
  const sums = new Map<number, number>();
  for (const list of lists) for (const { start, value } of list) sums.set(start, (sums.get(start) ?? 0) + value);
  return [...sums].map(([start, value]) => ({ start, value })).sort((a, b) => a.start - b.start);
}
