// Owns the report pages of a bundle, in each language.
import { languages } from '../../core/text.ts';
import type { Snapshot } from '../form.ts';
import type { Entry } from '../zip.ts';

export const reportsOf = (_snapshot: Snapshot, _hash: string, _fingerprint: string): Entry[] =>
  languages.slice(2).map((language) => ({ name: `report.${language}.html`, bytes: Buffer.from('') }));
