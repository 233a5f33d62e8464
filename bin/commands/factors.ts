// Owns `tanbiao factors`: which factors are known, where each comes from, and what changed from one data year to another.
import type { Command } from 'commander';
import { findSiteFolder } from '../../core/config/site.ts';
import { exitCodes, Fault } from '../../core/fault.ts';
import { factorKinds } from '../../core/ledger.ts';
import { type FactorRow, loadFactors } from '../../scoring/factors.ts';

type Options = { site?: string; kind?: string; carrier?: string; region?: string; year?: string; json?: boolean };

export function addFactors(program: Command): void {
  const factors = program.command('factors').description('Shows emission factors and coefficients with their sources.');
  const withOptions = (command: Command): Command =>
    command
      .option('-s, --site <site>', "a site, whose own factors/ count before the product's")
      .option('--carrier <carrier>', 'a fuel, gas or carrier')
      .option('--region <region>', 'for example CN or CN-SX')
      .option('--json', 'print JSON');
  const print = (rows: readonly FactorRow[], { json }: Options) => {
    if (json) return console.log(JSON.stringify(rows.map(plain)));
    for (const row of rows) console.log(lineOf(row));
  };
  withOptions(factors.command('list').description('One line for each factor.')).action((options: Options) =>
    print(chosen(options), options),
  );
  withOptions(
    factors.command('show').argument('<kind>', factorKinds.join(', ')).description('All factors of a kind.'),
  ).action((kind: string, options: Options) => print(chosen({ ...options, kind }), options));
  withOptions(
    factors
      .command('diff')
      .argument('<kind>')
      .argument('<from>', 'data year')
      .argument('<to>', 'data year')
      .description('What changed from one data year to another.'),
  ).action((kind: string, from: string, to: string, options: Options) => {
    const rows = chosen({ ...options, kind });
    const changes = rows.flatMap((row) => {
      if (row.dataYear !== Number(from)) return [];
      const later = rows.find(
        (other) => other.dataYear === Number(to) && other.region === row.region && other.carrier === row.carrier,
      );
      if (row.value === undefined || later?.value === undefined) return [];
      const percent = ((later.value - row.value) / row.value) * 100;
      return [{ region: row.region, carrier: row.carrier ?? null, from: row.value, to: later.value, percent }];
    });
    if (options.json) return console.log(JSON.stringify(changes));
    for (const { region, carrier, from: old, to: now, percent } of changes)
      console.log(
        `${[region, carrier ?? ''].join(' ').padEnd(14)} ${old} → ${now}  ${percent >= 0 ? '+' : '−'}${Math.abs(percent).toFixed(2)} %`,
      );
  });
}

function chosen({ site, kind, carrier, region }: Options): FactorRow[] {
  if (kind !== undefined && !(factorKinds as readonly string[]).includes(kind))
    throw new Fault(
      'factor_kind_unknown',
      {
        zh: `没有因子类别 “${kind}”；已有：${factorKinds.join('、')}`,
        en: `there is no kind "${kind}"; there are: ${factorKinds.join(', ')}`,
      },
      { exitCode: exitCodes.configuration },
    );
  return loadFactors(site === undefined ? undefined : findSiteFolder(site)).filter(
    (row) =>
      (kind === undefined || row.file.kind === kind) &&
      (carrier === undefined || row.carrier === carrier) &&
      (region === undefined || row.region === region),
  );
}

const plain = ({ file, ...row }: FactorRow) => ({
  ...row,
  file: file.id,
  kind: file.kind,
  unit: row.unit ?? file.unit,
  publisher: file.publisher,
  notice: row.notice ?? file.notice ?? null,
  published: row.published ?? file.published ?? null,
  source: file.source,
  confidence: row.confidence ?? file.confidence,
});

function lineOf(row: FactorRow): string {
  const { kind, unit, notice, confidence } = plain(row);
  const value =
    row.value === undefined
      ? `${row.ncv?.value} ${row.ncv?.unit} × ${row.carbon?.value} ${row.carbon?.unit} × ${row.oxidation}`
      : `${row.value} ${unit}`;
  const what = [row.region, row.carrier, row.dataYear].filter((word) => word !== undefined).join(' ');
  return `${kind.padEnd(24)} ${what.padEnd(26)} ${value}  ${confidence}  ${notice ?? ''}${row.own ? '  *' : ''}`;
}
