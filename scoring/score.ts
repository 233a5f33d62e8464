// Owns the score: a standard judged over a plant's account and ledger of a year, with everything that must be printed beside it.
import { checkLedger, type LedgerFinding } from '../core/ledger-check.ts';
import type { Text } from '../core/text.ts';
import type { Trace } from '../core/trace.ts';
import { activitiesOf, entriesOf, factOf, ledgerFigure, producedOf } from './account/declared.ts';
import { balanceTree } from './account/tree.ts';
import { type Assessment, assess } from './assess.ts';
import { type Account, accountFor } from './emissions.ts';
import { derive, type Figure } from './figure.ts';
import { factorScope, type Inputs } from './inputs.ts';
import type { LoadedPack, Supplied } from './pack.ts';
import type { Grounds } from './pack-figures.ts';

export type { Alternative, IndicatorResult, PrerequisiteResult, Verdict } from './assess.ts';

export type Score = Assessment & {
  site: string;
  pack: string;
  kind: LoadedPack['kind'];
  packName: Text;
  status: Text;
  confidence: LoadedPack['confidence'];
  year: number;
  verdictPhrase: string;
  /** Why the standard gives no verdict, where it gives none by design. */
  noVerdict: Text | null;
  groups: LoadedPack['groups'];
  emissions: Record<'total_tCO2e' | 'electricity_tCO2e' | 'fuel_tCO2e' | 'heat_tCO2e', number | null>;
  energy: Record<
    | 'grid_import_kWh'
    | 'grid_export_kWh'
    | 'generated_kWh'
    | 'self_used_kWh'
    | 'consumed_kWh'
    | 'natural_gas_Nm3'
    | 'heat_GJ',
    number | null
  >;
  /** The traces of every figure above that is not an indicator's. */
  account: Record<string, Trace>;
  contradictions: LoadedPack['contradictions'];
  notStated: LoadedPack['notStated'];
  supplied: Supplied[];
  /** What is wrong in the ledger as a whole; the figures above stand on it. */
  ledgerFindings: LedgerFinding[];
};

/** Several standards over one plant share its account. */
export function scoreSite(inputs: Inputs, pack: LoadedPack, account: Account = accountFor(inputs)): Score {
  const value = (id: keyof Account) => account[id].trace.value;
  return {
    site: inputs.site.site,
    pack: pack.id,
    kind: pack.kind,
    packName: pack.name,
    status: pack.status,
    confidence: pack.confidence,
    year: inputs.year,
    ...assess(pack, groundsOf(inputs, pack, account)),
    verdictPhrase: pack.verdict.phrase,
    noVerdict: 'none' in pack.verdict ? pack.verdict.none : null,
    groups: pack.groups,
    emissions: {
      total_tCO2e: value('emissions_total'),
      electricity_tCO2e: value('emissions_electricity'),
      fuel_tCO2e: value('emissions_fuel'),
      heat_tCO2e: value('emissions_heat'),
    },
    energy: {
      grid_import_kWh: value('grid_import'),
      grid_export_kWh: value('grid_export'),
      generated_kWh: value('electricity_generated'),
      self_used_kWh: value('electricity_self_used'),
      consumed_kWh: value('electricity_consumed'),
      natural_gas_Nm3: value('natural_gas_consumed'),
      heat_GJ: value('heat_purchased'),
    },
    account: tracesOf({ ...account, ...balanceTree(inputs, account.electricity_consumed) }),
    contradictions: pack.contradictions,
    notStated: pack.notStated,
    supplied: pack.supplied,
    ledgerFindings: checkLedger(inputs.ledger.map(({ entry }) => entry)),
  };
}

const tracesOf = (figures: Record<string, Figure>): Record<string, Trace> =>
  Object.fromEntries(Object.entries(figures).map(([id, { trace }]) => [id, trace]));

export function groundsOf(inputs: Inputs, pack: LoadedPack, account: Account): Grounds {
  const figures: Record<string, Figure> = { ...account };
  for (const { id, name, unit, fact, activity, product, metered, year } of pack.inputs) {
    const naming = { id, name, unit };
    if (activity !== undefined) figures[id] = activitiesOf(inputs, naming, activity);
    else if (product !== undefined) figures[id] = producedOf(inputs, naming, product);
    else {
      const told = factOf(inputs, naming, fact ?? id, year);
      const measured = metered === undefined ? undefined : account[metered];
      figures[id] = told.exact === null && measured?.exact != null ? derive(naming, `${metered}`, account) : told;
    }
  }
  return {
    factors: factorScope(inputs),
    coverageLimit: inputs.site.coverageLimit,
    figures,
    attested(clause) {
      const statement = entriesOf(inputs, 'attestation').find(
        ({ entry }) => entry.pack === pack.id && entry.clause === clause && entry.year === inputs.year,
      );
      if (statement === undefined) return undefined;
      const { met, evidence, by } = statement.entry;
      const figure = ledgerFigure({ zh: by, en: by }, '个', met ? 1 : 0, statement);
      return { met, figure, evidence: evidence ?? null };
    },
    exempted: (indicator) =>
      entriesOf(inputs, 'exemption').find(
        ({ entry }) => entry.pack === pack.id && entry.indicator === indicator && entry.year === inputs.year,
      )?.entry.reason,
  };
}
