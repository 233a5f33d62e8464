// Owns the electricity balance: import, export, generation, and own use, found slot by slot.
import { counterOf, metersIn } from '../../core/config/roles.ts';
import type { MeterConfig } from '../../core/config/site-schema.ts';
import type { PointId } from '../../core/points.ts';
import { Rational } from '../../core/rational.ts';
import type { Slot } from '../../core/slots.ts';
import type { Text } from '../../core/text.ts';
import { joinParts } from '../../core/trace.ts';
import { derive, type Figure, sumOf } from '../figure.ts';
import type { Inputs } from '../inputs.ts';
import { naming } from '../vocabulary.ts';
import { flowsOut, gridFlow } from './grid.ts';
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
  // Without generation a plant exports nothing, and its main meter may have no such register: unless it says that it did.
  const outward = generators.length > 0 || flowsOut(inputs) ? gridFlow(inputs, 'grid_export') : undefined;
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
 * What storage gave to the grid was somebody's generation too: nobody says whose, and it is not claimed as own use.
 */
function selfUse(inputs: Inputs, generated: Figure, exported: Figure): Figure {
  const at = (role: MeterConfig['role'], point: PointId): readonly SlotSum[] =>
    sumSlots(metersIn(inputs.site.meters, role).map((meter) => slotsOf(inputs, meter.id, counterOf(meter, point))));
  const generation = at('generation', 'energy_generated');
  const surplus = at('grid_export', 'energy_export');
  const discharged = new Map(at('storage_discharge', 'energy_discharged').map(({ start, value }) => [start, value]));
  let used = 0;
  let clipped = 0;
  let unmatched = 0;
  let stored = 0;
  let next = 0;
  /** More went out in a slot than was generated in it. */
  const beyond = (start: number, excess: number) => {
    const given = Math.min(excess, discharged.get(start) ?? 0);
    stored += given;
    return excess - given;
  };
  for (const { start, value: made } of generation) {
    for (; next < surplus.length && (surplus[next] as SlotSum).start < start; next++) {
      const { start: before, value } = surplus[next] as SlotSum;
      beyond(before, value);
    }
    const given = surplus[next];
    const out = given?.start === start ? given.value : 0;
    const rest = out > made ? beyond(start, out - made) : 0;
    if (given?.start !== start || !given.known) unmatched += made;
    else {
      used += Math.max(0, made - out);
      clipped += rest;
    }
    if (given?.start === start) next++;
  }
  for (; next < surplus.length; next++) beyond((surplus[next] as SlotSum).start, (surplus[next] as SlotSum).value);
  const claimed = Math.max(0, used - stored);
  const notes: Text[] = [];
  const kWh = (steps: number) => (steps / 1_000).toLocaleString('en-US');
  if (clipped > 0) {
    notes.push({
      zh: `有时段上网电量大于发电量，合计 ${kWh(clipped)} kWh，已按零计（两表时钟或精度差异）`,
      en: `in some slots more was exported than generated, ${kWh(clipped)} kWh in all, counted as zero (clocks or accuracy of the two meters)`,
    });
  }
  if (stored > 0) {
    notes.push({
      zh: `储能放电上网 ${kWh(stored)} kWh：其电来自发电还是下网，来源未载明，从自用中扣除`,
      en: `storage gave ${kWh(stored)} kWh to the grid; the source does not say whether they count as generation or as purchase: deducted from own use`,
    });
  }
  if (unmatched > 0) {
    notes.push({
      zh: `${kWh(unmatched)} kWh 发电量没有对应时段的上网读数，未计入自用`,
      en: `for ${kWh(unmatched)} kWh of generation there are no export readings of the same slots: not counted as own use`,
    });
  }
  const known = generated.exact !== null && exported.exact !== null;
  const exact = known ? Rational.of(claimed, 1_000) : null;
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

/** `known`: all of the meters tell of it. */
type SlotSum = { start: number; value: number; known: boolean };

/** A slot that somebody declared unknown is there, without a value. */
const isTold = ({ covered, value }: Slot): boolean => covered > 0 || value !== 0;

/** Slot by slot over several meters, in order of time. */
function sumSlots(lists: readonly (readonly Slot[])[]): readonly SlotSum[] {
  const [only = [], ...others] = lists;
  if (others.length === 0) return only.map((slot) => ({ start: slot.start, value: slot.value, known: isTold(slot) }));
  const sums = new Map<number, { value: number; told: number }>();
  for (const slot of lists.flat()) {
    const sum = sums.get(slot.start) ?? { value: 0, told: 0 };
    sum.value += slot.value;
    if (isTold(slot)) sum.told++;
    sums.set(slot.start, sum);
  }
  return [...sums]
    .map(([start, { value, told }]) => ({ start, value, known: told === lists.length }))
    .sort((a, b) => a.start - b.start);
}
