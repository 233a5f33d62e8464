// Owns the routes of evidence: what is proved, files in, and files out in a way that no file can act on the page.
import { z } from 'zod';
import { Calendar } from '../../../core/calendar.ts';
import { sha256 } from '../../../core/canonical.ts';
import { findEvidence, mediaOf } from '../../../core/evidence.ts';
import { Fault } from '../../../core/fault.ts';
import { documentTypes } from '../../../core/ledger.ts';
import { idPattern } from '../../../core/sample.ts';
import { evidenceList, revisionAnswer } from '../answers/ledger.ts';
import type { EvidenceList } from '../answers/records.ts';
import { append } from '../entering.ts';
import { documentOf, documentRows, keep, plainName, requirementsOf } from '../evidence.ts';
import { fileBody } from '../file-body.ts';
import type { ApiParts } from '../parts.ts';
import { year } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';
import { enterers } from './ledger.ts';

const upload = z
  .object({
    name: z.string().min(1).max(300),
    title: z.string().trim().min(1).max(200),
    type: z.enum(documentTypes),
    validFrom: z.iso.date().optional(),
    validTo: z.iso.date().optional(),
    pack: z.string().regex(idPattern).optional(),
    clause: z.string().min(1).max(40).optional(),
  })
  .refine(({ validFrom = '', validTo = '9999' }) => validFrom <= validTo, {
    path: ['validTo'],
    params: { zh: '有效期的终止早于起始', en: 'it ends before it begins' },
  });

export const evidenceRoutes = (parts: ApiParts): Route[] => [
  route({
    method: 'get',
    path: '/api/evidence',
    about: { zh: '佐证材料，及各项要求的佐证情况', en: 'The documents, and how each requirement is proved' },
    may: readers,
    query: z.object({ year: year.optional() }),
    answer: evidenceList,
    run: ({ query, actor }): EvidenceList => {
      const { site, clock } = parts;
      const chosen = query.year ?? new Calendar(site.timezone).yearOf(clock.now());
      const documents = documentRows(parts);
      return {
        year: chosen,
        may: (enterers as readonly string[]).includes(actor.role),
        documents,
        requirements: requirementsOf(parts, documents, chosen),
      };
    },
  }),
  route({
    method: 'post',
    path: '/api/evidence',
    about: {
      zh: '上传一个文件（application/octet-stream，25 MB 以内），并登记为佐证材料',
      en: 'Takes a file (application/octet-stream, 25 MB at most) and enters it as a document',
    },
    may: enterers,
    query: upload,
    answer: revisionAnswer,
    body: fileBody,
    subject: ({ query }) => plainName(query.name),
    async run({ query, body, actor }) {
      const { title, type, validFrom, validTo, pack, clause } = query;
      const name = plainName(query.name);
      const content = Buffer.concat(await Array.fromAsync(body));
      const hash = sha256(content);
      const same = parts.ledger.current().find(({ entry }) => entry.kind === 'document' && entry.sha256 === hash);
      if (same !== undefined)
        throw new Fault('entry_refused', {
          zh: `同一文件已登记为 ${same.entry.id}`,
          en: `the same file is entered already, as ${same.entry.id}`,
        });
      keep(parts.dataFolder, name, content);
      const id = `doc-${hash.slice(0, 12)}`;
      const before = parts.ledger.history().findLast(({ entry }) => entry.id === id);
      const entry = {
        ...{ kind: 'document', id, title, type, sha256: hash, name, validFrom, validTo },
        ...(pack === undefined || clause === undefined ? {} : { proves: [{ pack, clause }] }),
      };
      return append(parts, actor, { entry, revises: before?.number ?? null, reason: '上传 uploaded' });
    },
  }),
  route({
    method: 'get',
    path: '/api/evidence/files/:hash',
    about: { zh: '佐证材料的文件', en: 'The file of a document' },
    may: readers,
    params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    answer: 'application/octet-stream',
    open(response, { params: { hash } }) {
      const document = documentOf(parts.ledger.history(), hash);
      const found = document && findEvidence(document, parts.site.folder, parts.dataFolder);
      if (document === undefined || found === undefined)
        throw new Fault('file_unknown', { zh: '没有这个文件', en: 'there is no such file' });
      const name = document.name ?? plainName(document.file ?? document.id);
      const media = mediaOf(name, found.content);
      const shown = media?.shown === true;
      response.set({
        'Content-Type': shown ? media.type : 'application/octet-stream',
        'Content-Disposition': `${shown ? 'inline' : 'attachment'}; filename*=UTF-8''${rfc5987(name)}`,
        // Chromium shows no PDF within a sandbox; its viewer runs apart, and nothing else may be loaded or run.
        'Content-Security-Policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'${media?.type === 'application/pdf' ? '' : '; sandbox'}`,
        'X-Frame-Options': 'SAMEORIGIN',
        'Cache-Control': 'private, max-age=31536000, immutable',
      });
      response.send(found.content);
    },
  }),
];

const rfc5987 = (name: string): string =>
  encodeURIComponent(name).replaceAll(/['()*!]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
