// Owns taking a site's ledger.yaml into the ledger: only what is new or changed becomes a revision.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import { type Ledger, ledgerFileSchema } from '../../core/ledger.ts';

/** Gives the number of new revisions. */
export function importLedgerFile(ledger: Ledger, siteFolder: string, at: number): number {
  const file = join(siteFolder, 'ledger.yaml');
  if (!existsSync(file)) return 0;
  const { value, problems, problemAt } = readYaml(file, ledgerFileSchema);
  const ids = value?.entries.map(({ id }) => id) ?? [];
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) === index) continue;
    problems.push(problemAt(['entries', index, 'id'], { zh: `编号 “${id}” 重复`, en: `the id "${id}" is used twice` }));
  }
  if (value === undefined || problems.length > 0) refuseProblems(problems);
  const revisions = value.entries.map((entry) =>
    ledger.append(entry, 'ledger.yaml', 'imported from the site folder', at),
  );
  return revisions.filter((revision) => revision !== undefined).length;
}
