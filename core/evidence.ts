// Owns the files of evidence: kept under the hash of their content, and of what type they are by their first bytes, not by their name.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { sha256 } from './canonical.ts';

export const evidenceFolder = (dataFolder: string): string => join(dataFolder, 'evidence');

/** Where content lies; undefined for what is no hash, so that no name ever becomes a path. */
export function evidenceFile(dataFolder: string, hash: string): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(hash)) return undefined;
  const file = join(evidenceFolder(dataFolder), hash);
  return existsSync(file) ? file : undefined;
}

export type Media = { type: string /** Shown on the page; all others are only saved. */; shown: boolean };

const zip = 'application/zip';

/** What a name may end in, and what the content must then be. Pages and drawings with scripts are not among them. */
const endings: Record<string, { content: string; type: string; shown?: true }> = {
  pdf: { content: 'application/pdf', type: 'application/pdf', shown: true },
  png: { content: 'image/png', type: 'image/png', shown: true },
  jpg: { content: 'image/jpeg', type: 'image/jpeg', shown: true },
  jpeg: { content: 'image/jpeg', type: 'image/jpeg', shown: true },
  webp: { content: 'image/webp', type: 'image/webp', shown: true },
  heic: { content: 'image/heic', type: 'image/heic' },
  // Electronic invoices come as OFD (GB/T 33190) and XML; Office writes zips, too.
  ofd: { content: zip, type: 'application/ofd' },
  xlsx: { content: zip, type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' },
  docx: { content: zip, type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' },
  zip: { content: zip, type: zip },
  xml: { content: 'text/plain', type: 'text/plain' },
  csv: { content: 'text/plain', type: 'text/plain' },
  txt: { content: 'text/plain', type: 'text/plain' },
};
export const evidenceEndings = Object.keys(endings);

const endingOf = (name: string): string => /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? '';

/** Undefined: a type that is not taken, or content that is not what its name says. */
export function mediaOf(name: string, content: Uint8Array): Media | undefined {
  const ending = endingOf(name);
  const claimed = Object.hasOwn(endings, ending) ? endings[ending] : undefined;
  if (claimed === undefined || contentType(content) !== claimed.content) return undefined;
  return { type: claimed.type, shown: claimed.shown === true };
}

const marks: [type: string, offset: number, bytes: string][] = [
  ['application/pdf', 0, '%PDF-'],
  ['image/png', 0, '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', 0, '\xff\xd8\xff'],
  ['image/webp', 8, 'WEBP'],
  ['image/heic', 4, 'ftypheic'],
  ['image/heic', 4, 'ftypmif1'],
  [zip, 0, 'PK\x03\x04'],
];

function contentType(content: Uint8Array): string | undefined {
  const head = Buffer.from(content.subarray(0, 32)).toString('latin1');
  const found = marks.find(([, offset, bytes]) => head.startsWith(bytes, offset));
  if (found !== undefined) return found[0];
  return content.length > 0 && !content.includes(0) && isText(content) ? 'text/plain' : undefined;
}

/** UTF-8, or GB 18030, which every Chinese spreadsheet writes. */
const isText = (content: Uint8Array): boolean =>
  ['utf-8', 'gb18030'].some((encoding) => {
    try {
      new TextDecoder(encoding, { fatal: true }).decode(content);
      return true;
    } catch {
      return false;
    }
  });

/** The file of a document, with the content that was entered: uploaded, or in the site's folder and nowhere else. */
export function findEvidence(
  { sha256: declared, file }: { sha256: string; file?: string | undefined },
  siteFolder: string,
  dataFolder: string,
): { path: string; content: Buffer } | undefined {
  const named = file === undefined ? undefined : resolve(siteFolder, file);
  const inside = named !== undefined && !relative(siteFolder, named).startsWith('..');
  for (const path of [evidenceFile(dataFolder, declared), inside ? named : undefined]) {
    if (path === undefined || statSync(path, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const content = readFileSync(path);
    if (sha256(content) === declared) return { path, content };
  }
  return undefined;
}
