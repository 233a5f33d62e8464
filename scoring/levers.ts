// Owns what a plant can do, as changes of its account: the levers of the way to the next grade, each in its own physical unit.
import { Rational } from '../core/rational.ts';
import type { Text } from '../core/text.ts';
import { parseUnit } from '../core/units.ts';
import { inUnit } from './evaluate.ts';
import { constant, type Figure } from './figure.ts';
import type { Grounds } from './pack-figures.ts';
import { type QuantityId, vocabulary } from './vocabulary.ts';

/** Changes of quantities of the account, each in its quantity's unit. */
export type Changes = Partial<Record<QuantityId, Rational>>;

export type LeverId = 'certificates' | 'credits' | 'cut' | 'self_use' | 'electricity_saved';

export type Lever = {
  id: LeverId;
  unit: 'MWh' | 'tCO2e';
  /** The smallest change that a person would ask for. */
  step: Rational;
  /** What a person is told, with the amount in place. */
  say(amount: string): Text;
  /** True when nobody can do more than the limit; credits beyond what is left to offset are merely wasted. */
  hard: boolean;
  /** How far it can go at this plant; null where the account does not tell. */
  limit(grounds: Grounds): Rational | null;
  /** What the account becomes by one unit more of it. */
  changes(amount: Rational, grounds: Grounds): Changes;
};

const thousand = Rational.of(1_000);
const tenth = Rational.of(1, 10);

/** Ratios to nothing have no value: a step is left. */
const allButAStep = (most: Rational | null): Rational | null => most?.minus(tenth) ?? null;

const smaller = (one: Rational | null, other: Rational | null): Rational | null =>
  one === null || other === null ? null : one.compare(other) < 0 ? one : other;

/** In MWh. */
const exportedAndImported = (grounds: Grounds) => {
  const of = (id: 'grid_export' | 'grid_import') => exactOf(grounds, id)?.over(thousand) ?? null;
  return [of('grid_export'), of('grid_import')] as const;
};

const exactOf = ({ figures }: Grounds, id: QuantityId): Rational | null => figures[id]?.exact ?? null;

/** What a kWh from the grid emits in the plant's own inventory, in t per kWh. */
function gridFactor(grounds: Grounds): Rational {
  const [emitted, imported] = [exactOf(grounds, 'emissions_electricity'), exactOf(grounds, 'grid_import')];
  return emitted === null || imported === null || imported.isZero ? Rational.zero : emitted.over(imported);
}

const lessFromGrid = (kWh: Rational, grounds: Grounds): Changes => {
  const tonnes = kWh.times(gridFactor(grounds)).negated();
  return { grid_import: kWh.negated(), emissions_electricity: tonnes, emissions_total: tonnes };
};

/** 0.1229 kgce a kWh, as the account counts it. */
const inCoal = (kWh: Rational, grounds: Grounds): Rational => {
  const [coal, consumed] = [exactOf(grounds, 'energy_electricity'), exactOf(grounds, 'electricity_consumed')];
  return coal === null || consumed === null || consumed.isZero ? Rational.zero : kWh.times(coal).over(consumed);
};

export const levers: readonly Lever[] = [
  {
    id: 'certificates',
    unit: 'MWh',
    step: Rational.one,
    hard: true,
    say: (amount) => ({ zh: `再核销 ${amount} 个绿证`, en: `retire ${amount} more certificates` }),
    // 发改能源〔2026〕622号: all that is traded is not more than was taken from the grid.
    limit(grounds) {
      const [, imported] = exportedAndImported(grounds);
      const [retired, contracted] = [
        exactOf(grounds, 'certificates_retired'),
        exactOf(grounds, 'green_power_contracted'),
      ];
      return imported === null || retired === null || contracted === null
        ? null
        : imported.minus(retired).minus(contracted);
    },
    changes: (amount) => ({ certificates_retired: amount }),
  },
  {
    id: 'self_use',
    unit: 'MWh',
    step: tenth,
    hard: true,
    say: (amount) => ({
      zh: `多自用 ${amount} MWh 自发电量`,
      en: `use ${amount} MWh more of the plant's own generation`,
    }),
    // What is used in the place of purchased power can be no more than that.
    limit(grounds) {
      const [exported, imported] = exportedAndImported(grounds);
      return smaller(exported, allButAStep(imported));
    },
    changes(amount, grounds) {
      const kWh = amount.times(thousand);
      return { ...lessFromGrid(kWh, grounds), grid_export: kWh.negated(), electricity_self_used: kWh };
    },
  },
  {
    id: 'electricity_saved',
    unit: 'MWh',
    step: tenth,
    hard: true,
    say: (amount) => ({ zh: `节电 ${amount} MWh`, en: `save ${amount} MWh of electricity` }),
    limit: (grounds) => allButAStep(exportedAndImported(grounds)[1]),
    changes(amount, grounds) {
      const kWh = amount.times(thousand);
      const coal = inCoal(kWh, grounds).negated();
      const less = lessFromGrid(kWh, grounds);
      return {
        ...less,
        electricity_consumed: kWh.negated(),
        energy_electricity: coal,
        energy_total: coal,
        reductions: (less.emissions_total as Rational).negated(),
      };
    },
  },
  {
    id: 'cut',
    unit: 'tCO2e',
    step: tenth,
    hard: true,
    say: (amount) => ({ zh: `边界内再减排 ${amount} t`, en: `cut ${amount} t within the boundary` }),
    limit: (grounds) => allButAStep(exactOf(grounds, 'emissions_total')),
    changes: (amount) => ({ reductions: amount, emissions_total: amount.negated() }),
  },
  {
    id: 'credits',
    unit: 'tCO2e',
    step: Rational.one,
    hard: false,
    say: (amount) => ({ zh: `再注销 ${amount} t 碳信用`, en: `retire ${amount} t more of credits` }),
    limit(grounds) {
      const [emitted, retired] = [exactOf(grounds, 'emissions_total'), exactOf(grounds, 'credits_retired')];
      return emitted === null || retired === null ? null : emitted.minus(retired);
    },
    changes: (amount) => ({ credits_retired: amount }),
  },
];

/** The same grounds with the account changed; nothing that is missing becomes known by it. */
export function changed(grounds: Grounds, ...all: Changes[]): Grounds {
  const figures: Record<string, Figure> = { ...grounds.figures };
  for (const changes of all) {
    for (const [id, change] of Object.entries(changes)) {
      const figure = figures[id];
      if (figure?.exact == null || change === undefined) continue;
      const { unit, name } = vocabulary[id as QuantityId];
      const own = inUnit({ value: figure.exact, unit: parseUnit(figure.trace.unit) }, parseUnit(unit));
      const made = constant({ id, name, unit }, own.plus(change));
      figures[id] = { exact: made.exact, trace: { ...made.trace, coverage: figure.trace.coverage } };
    }
  }
  return { ...grounds, figures };
}
