// Owns what is proved and what is not: the requirements that people attest, the documents behind each, and files as they come in.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Calendar, day } from '../../core/calendar.ts';
import { sha256 } from '../../core/canonical.ts';
import { evidenceEndings, evidenceFile, evidenceFolder, findEvidence, mediaOf } from '../../core/evidence.ts';
import { Fault } from '../../core/fault.ts';
import type { EntryOf, LedgerEntry, Revision } from '../../core/ledger.ts';
import { ofKind } from '../../core/ledger-check.ts';
import { type LoadedPack, standardsOf } from '../../scoring/pack.ts';
import type { DocumentRow, Requirement } from './answers/records.ts';
import type { ApiParts } from './parts.ts';

/** Two months are enough to have a meter calibrated or a permit renewed. */
const soon = 60 * day;

function lifeOf({ validTo }: EntryOf<'document'>, now: number, timezone: string): DocumentRow['life'] {
  if (validTo === undefined) return 'open';
  const calendar = new Calendar(timezone);
  if (validTo < calendar.formatDay(now)) return 'expired';
  return validTo < calendar.formatDay(now + soon) ? 'expiring' : 'valid';
}

export function documentRows({ site, dataFolder, ledger, clock }: ApiParts): DocumentRow[] {
  const current = ledger.current();
  return current.flatMap((revision) => {
    const { entry, at, author, number } = revision;
    if (entry.kind !== 'document') return [];
    const found = findEvidence(entry, site.folder, dataFolder);
    const media = found && mediaOf(entry.name ?? entry.file ?? '', found.content);
    return [
      {
        entry,
        number,
        at,
        author,
        bytes: found?.content.length ?? null,
        shown: media?.shown === true ? (media.type === 'application/pdf' ? 'pdf' : 'image') : null,
        life: lifeOf(entry, clock.now(), site.timezone),
        by: current.flatMap(({ entry: one }) => (one.evidence === entry.id ? [one.id] : [])),
      },
    ];
  });
}

/** What a standard asks people to attest: prerequisites without a formula, and indicators that a statement decides. */
export function askedBy(pack: LoadedPack): Pick<Requirement, 'clause' | 'name' | 'phrase' | 'sort'>[] {
  const gates = pack.prerequisites.flatMap(({ clause, name, phrase, formula }) =>
    formula === undefined ? [{ clause, name, phrase, sort: 'prerequisite' as const }] : [],
  );
  const indicators = pack.indicators.flatMap(({ clause, attested, name, phrase, formula }) =>
    formula === undefined ? [{ clause: attested ?? clause, name, phrase, sort: 'indicator' as const }] : [],
  );
  return [...gates, ...indicators];
}

export function requirementsOf(
  { site, ledger }: ApiParts,
  documents: readonly DocumentRow[],
  year: number,
): Requirement[] {
  const entries = ledger.current().map(({ entry }) => entry);
  const attestations = ofKind(entries, 'attestation').filter((one) => one.year === year);
  return standardsOf(site).flatMap((pack) => {
    const { id } = pack;
    return askedBy(pack).map((asked): Requirement => {
      const statement = attestations.find((one) => one.pack === id && one.clause === asked.clause);
      const proving = documents.filter(
        ({ entry }) =>
          inForce(entry, year) &&
          (entry.id === statement?.evidence ||
            entry.proves?.some((one) => one.pack === id && one.clause === asked.clause) === true),
      );
      return {
        pack: id,
        packName: pack.name,
        ...asked,
        attested: statement === undefined ? null : { id: statement.id, met: statement.met, by: statement.by },
        named: statement?.evidence ?? null,
        documents: proving.map(({ entry }) => entry.id),
        state: stateOf(statement, proving),
      };
    });
  });
}

const inForce = ({ validFrom = '', validTo = '9999' }: EntryOf<'document'>, year: number): boolean =>
  validTo >= `${year}-01-01` && validFrom <= `${year}-12-31`;

function stateOf(statement: EntryOf<'attestation'> | undefined, proving: readonly DocumentRow[]): Requirement['state'] {
  if (statement?.met === false) return 'denied';
  const kept = proving.filter(({ bytes }) => bytes !== null);
  if (kept.length === 0) return statement === undefined ? 'missing' : 'unproved';
  if (kept.every(({ life }) => life === 'expired')) return 'expired';
  if (kept.every(({ life }) => life === 'expired' || life === 'expiring')) return 'expiring';
  return statement === undefined ? 'unattested' : 'proved';
}

const refused = (zh: string, en: string): Fault => new Fault('file_refused', { zh, en });

/** A name is text that people read: without folders, control characters, and marks that turn its reading order. */
export const plainName = (name: string): string =>
  (name.split(/[/\\]/).at(-1) ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(-120);

/** Under the hash of its content. What is there already stays as it is. */
export function keep(dataFolder: string, name: string, content: Buffer): void {
  if (content.length === 0) throw refused('文件是空的', 'the file is empty');
  if (mediaOf(name, content) === undefined)
    throw refused(
      `“${name}” 的内容与扩展名不符，或不接受此类文件；可用：${evidenceEndings.join('、')}`,
      `the content of "${name}" is not what its name says, or such files are not taken; there are: ${evidenceEndings.join(', ')}`,
    );
  const hash = sha256(content);
  if (evidenceFile(dataFolder, hash) !== undefined) return;
  const folder = evidenceFolder(dataFolder);
  mkdirSync(folder, { recursive: true });
  const part = join(folder, `.${hash}.${process.pid}.part`);
  try {
    const file = openSync(part, 'w', 0o444);
    try {
      for (let written = 0; written < content.length; ) written += writeSync(file, content, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, join(folder, hash));
  } finally {
    rmSync(part, { force: true });
  }
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** A file belongs to the newest document that names it; also one that was withdrawn can still be read. */
export const documentOf = (history: readonly Revision[], hash: string): EntryOf<'document'> | undefined =>
  history
    .map(({ entry }): LedgerEntry => entry)
    .findLast((entry): entry is EntryOf<'document'> => entry.kind === 'document' && entry.sha256 === hash);
