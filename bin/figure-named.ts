// Owns finding a figure of a score by what a person calls it: its id, its name in --json, or the clause under which it stands.
import { exitCodes, Fault } from '../core/fault.ts';
import type { Text } from '../core/text.ts';
import { findTrace, type Trace } from '../core/trace.ts';
import type { Score } from '../scoring/score.ts';

/** The names under which --json gives figures that are not indicators. */
const summaryNames: Record<string, string> = {
  'emissions.total_tCO2e': 'emissions_total',
  'emissions.electricity_tCO2e': 'emissions_electricity',
  'emissions.fuel_tCO2e': 'emissions_fuel',
  'emissions.heat_tCO2e': 'emissions_heat',
  'energy.grid_import_kWh': 'grid_import',
  'energy.grid_export_kWh': 'grid_export',
  'energy.generated_kWh': 'electricity_generated',
  'energy.self_used_kWh': 'electricity_self_used',
  'energy.consumed_kWh': 'electricity_consumed',
  'energy.natural_gas_Nm3': 'natural_gas_consumed',
  'energy.heat_GJ': 'heat_purchased',
};
const mostNamed = 18;

export function figureNamed({ indicators, account, reported }: Score, name: string): Trace {
  const id = summaryNames[name] ?? name;
  const roots = [...indicators.map(({ trace }) => trace), ...Object.values(account), ...reported];
  for (const root of roots) {
    const found = findTrace(root, id);
    if (found !== undefined) return found;
  }
  const [only, ...others] = withClause(roots, name);
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined)
    throw refusal(
      'figure_ambiguous',
      { zh: `条款 ${name} 下有多个数字，请用其标识：`, en: `several figures stand under ${name}; ask by id:` },
      [only, ...others],
    );
  throw refusal(
    'figure_unknown',
    { zh: `没有 “${name}”。已有的数字：`, en: `there is no figure "${name}". There are:` },
    [...indicators.map(({ trace }) => trace), ...Object.values(account)],
  );
}

/** A pack writes a clause and the number of its formula as `A.2 (A.1)`: the two count differently, so as written is best. */
function withClause(roots: readonly Trace[], asked: string): Trace[] {
  const all = [...new Map(roots.flatMap((root) => [...tracesIn(root)]).map((trace) => [trace.id, trace])).values()];
  const plain = (clause: string) => clause.replaceAll(/\s/g, '').toLowerCase();
  const bare = (clause: string) => plain(clause).replaceAll(/[()（）]/g, '');
  if (bare(asked) === '') return [];
  for (const form of [plain, bare]) {
    const found = all.filter(
      ({ clause }) =>
        clause !== undefined && [clause, ...clause.split(/\s+/)].some((part) => form(part) === form(asked)),
    );
    if (found.length > 0) return found;
  }
  return [];
}

function* tracesIn(root: Trace): Generator<Trace> {
  yield root;
  for (const part of root.parts) yield* tracesIn(part);
}

function refusal(code: string, said: Text, figures: readonly Trace[]): Fault {
  const unlike = [...new Map(figures.map((one) => [one.id, one])).values()];
  const wide = Math.max(...unlike.slice(0, mostNamed).map(({ id }) => id.length));
  const more = unlike.length - mostNamed;
  const lines = (language: 'zh' | 'en', rest: string) =>
    [
      said[language],
      ...unlike
        .slice(0, mostNamed)
        .map(
          ({ id, name, clause }) =>
            `  ${id.padEnd(wide)}  ${name[language]}${clause === undefined ? '' : `  ${clause}`}`,
        ),
      ...(more > 0 ? [rest] : []),
    ].join('\n');
  return new Fault(
    code,
    {
      zh: lines('zh', `  … 另有 ${more} 个：tanbiao score --json`),
      en: lines('en', `  … and ${more} more: tanbiao score --json`),
    },
    { exitCode: exitCodes.configuration },
  );
}
