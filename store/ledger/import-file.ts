// Owns taking a site's ledger.yaml into the ledger: only what is new or changed in the file becomes a revision.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../core/canonical.ts';
import { readYaml, refuseProblems } from '../../core/config/yaml-file.ts';
import { type Ledger, ledgerFileSchema } from '../../core/ledger.ts';
import { brokenBy } from '../../core/ledger-check.ts';

const fileAuthor = 'ledger.yaml';

/** Gives the number of new revisions: all of the file, or a refusal with the line of each mistake and no revision. */
export function importLedgerFile(ledger: Ledger, siteFolder: string, at: number): number {
  const file = join(siteFolder, 'ledger.yaml');
  if (!existsSync(file)) return 0;
  const { value, problems, problemAt } = readYaml(file, ledgerFileSchema);
  // What somebody revised or withdrew since stays so: the file speaks again only when its words change.
  const said = new Map(
    ledger.history().flatMap(({ author, entry }) => (author === fileAuthor ? [[entry.id, canonicalJson(entry)]] : [])),
  );
  const entries = value?.entries ?? [];
  const changed = entries.filter((entry) => said.get(entry.id) !== canonicalJson(entry));
  const known = ledger.current().map(({ entry }) => entry);
  for (const { id, text } of brokenBy(known, changed)) {
    const last = entries.findLastIndex((entry) => entry.id === id);
    // An entry of the ledger itself, which something in the file now contradicts, has no line there.
    if (last >= 0) problems.push(problemAt(['entries', last, 'id'], text));
    else problems.push(problemAt(['entries'], { zh: `${id}：${text.zh}`, en: `${id}: ${text.en}` }));
  }
  if (value === undefined || problems.length > 0) refuseProblems(problems);
  const revisions = changed.map((entry) => ledger.append(entry, fileAuthor, 'imported from the site folder', at));
  return revisions.filter((revision) => revision !== undefined).length;
}
