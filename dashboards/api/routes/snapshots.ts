// Owns the routes of annual snapshots and reports: list, content, comparison, verification, files, making, schedules.
import { z } from 'zod';
import { Calendar } from '../../../core/calendar.ts';
import { reportFormats, reportIds } from '../../../core/config/report-schema.ts';
import { Fault } from '../../../core/fault.ts';
import { bridge, causeNames, sideNow, sideOf } from '../../../snapshot/compare.ts';
import { gatherMaterial } from '../../../snapshot/gather.ts';
import { listSnapshots } from '../../../snapshot/list.ts';
import { draftYear, sealYear } from '../../../snapshot/make.ts';
import { openSound } from '../../../snapshot/open.ts';
import { makeReport, mediaTypes, nameOf, periodsOf } from '../../../snapshot/report/desk.ts';
import { historyOf, keptReport, planned, runReport, scheduledIn } from '../../../snapshot/report/keeper.ts';
import { reportNames } from '../../../snapshot/report/names.ts';
import { fileOf, readSnapshot, shelfOf } from '../../../snapshot/shelf.ts';
import { verifyApart } from '../../../snapshot/verify-apart.ts';
import {
  changesAnswer,
  madeAnswer,
  reportsAnswer,
  runAnswer,
  snapshotAnswer,
  snapshotList,
  verification,
} from '../answers/snapshots.ts';
import type { ApiParts } from '../parts.ts';
import { year } from '../questions.ts';
import { type Route, readers, route } from '../route.ts';

/** As the shelf names its files: nothing that leads elsewhere. */
const name = z.string().regex(/^(\d{4}-\d{4}|draft-\d{4}-\d{2})$/);
const mostRuns = 100;

export const snapshotRoutes = ({ site, snapshots: shop, clock }: ApiParts): Route[] => {
  const shelf = shelfOf(shop.dataFolder);
  const open = (one: string) => openSound(content(one));
  const content = (one: string): Buffer => {
    if (listSnapshots(shelf).some((listed) => listed.name === one)) return readSnapshot(fileOf(shelf, one));
    throw new Fault('snapshot_unknown', { zh: `没有快照 ${one}`, en: `there is no snapshot ${one}` });
  };
  return [
    route({
      method: 'get',
      path: '/api/snapshots',
      about: { zh: '年度快照清单', en: 'The annual snapshots' },
      may: readers,
      answer: snapshotList,
      run: () => listSnapshots(shelf),
    }),
    route({
      method: 'get',
      path: '/api/snapshots/:name',
      about: { zh: '一份快照的内容', en: 'What a snapshot says' },
      may: readers,
      params: z.object({ name }),
      answer: snapshotAnswer,
      run({ params }) {
        const { snapshot, hash, signature } = open(params.name);
        const { state, number, previous, correction, period, scores, evidence, losses, ledger, notes, software } =
          snapshot;
        return {
          ...{ name: params.name, hash, fingerprint: signature.fingerprint, at: signature.at },
          ...{ state, number, previous, correction, period, scores, evidence, losses, ledger, notes, software },
        };
      },
    }),
    route({
      method: 'get',
      path: '/api/snapshots/:name/diff/:other',
      about: { zh: '两份快照的差别，按原因分解', en: 'What differs between two snapshots, by cause' },
      may: readers,
      params: z.object({ name, other: z.union([name, z.literal('now')]) }),
      answer: changesAnswer,
      async run({ params }) {
        const from = open(params.name);
        const to =
          params.other === 'now'
            ? sideNow(
                await gatherMaterial(shop.site, from.snapshot.period.year, shop.store, shop.ledger, shop.dataFolder),
              )
            : sideOf(open(params.other));
        return { causes: causeNames, changes: bridge([sideOf(from), to]).filter((one) => one.from !== one.to) };
      },
    }),
    route({
      method: 'get',
      path: '/api/snapshots/:name/verify',
      about: { zh: '核验签名与校验值并重算', en: 'Checks signature and hashes and computes again' },
      may: readers,
      params: z.object({ name }),
      answer: verification,
      run({ params }) {
        content(params.name);
        return verifyApart(fileOf(shelf, params.name), shop.software);
      },
    }),
    route({
      method: 'get',
      path: '/api/snapshots/:name/bundle',
      about: { zh: '下载快照文件', en: 'The file of a snapshot' },
      may: readers,
      params: z.object({ name }),
      answer: 'application/zip',
      run: ({ params }) => ({
        type: 'application/zip',
        name: `${site.site}-${params.name}.tanbiao`,
        content: content(params.name),
      }),
    }),
    route({
      method: 'post',
      path: '/api/snapshots',
      about: { zh: '封存、更正或生成草稿', en: 'Seals a year, corrects it, or makes a draft' },
      may: ['manager', 'admin'],
      body: z.strictObject({
        year,
        draft: z.boolean().default(false),
        cause: z.string().trim().min(1).max(500).optional(),
      }),
      subject: ({ body }) => `${body.year}`,
      answer: madeAnswer,
      async run({ body, actor }) {
        const today = new Calendar(shop.site.timezone).local(clock.now());
        const why = body.cause === undefined ? undefined : { cause: body.cause, by: actor.name };
        const { file, hash } = body.draft
          ? await draftYear(shop, body.year, body.year < today.year ? 12 : today.month)
          : await sealYear(shop, body.year, why);
        return { file, hash };
      },
    }),
    route({
      method: 'get',
      path: '/api/reports',
      about: { zh: '报表、计划与生成记录', en: 'Reports, what is planned, and what was made' },
      may: readers,
      answer: reportsAnswer,
      run: () => ({
        reports: reportIds.map((id) => ({ id, name: reportNames[id], periods: periodsOf(id) })),
        formats: reportFormats,
        planned: scheduledIn(shop.site, clock.now()).map(({ webhook, ...one }) => ({
          ...one,
          posted: webhook !== undefined,
        })),
        runs: historyOf(shop.dataFolder)
          .slice(-mostRuns)
          .map(({ file: _, ...run }) => run),
      }),
    }),
    route({
      method: 'get',
      path: '/api/reports/files/:sha256',
      about: { zh: '一份已生成的报表的文件，按校验值', en: 'The file of a report that was made, by its hash' },
      may: readers,
      params: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      answer: 'application/octet-stream',
      run: ({ params }) => keptReport(shop.dataFolder, params.sha256),
    }),
    ...reportFormats.map((format) =>
      route({
        method: 'get',
        path: `/api/reports/:report/:period/:language/${format}`,
        about: { zh: `一份报表（${format}）`, en: `A report as ${format}` },
        may: readers,
        params: z.object({ report: z.enum(reportIds), period: z.string().max(16), language: z.enum(['zh', 'en']) }),
        answer: mediaTypes[format] as `${string}/${string}`,
        async run({ params }) {
          const asked = { ...params, format };
          const bytes = await makeReport(shop, asked);
          return { type: mediaTypes[format], name: nameOf(site.site, asked), content: bytes };
        },
      }),
    ),
    route({
      method: 'post',
      path: '/api/reports/planned/:number',
      about: { zh: '立即生成并送达一份计划报表', en: 'Makes and delivers a planned report now' },
      may: ['operator', 'manager', 'admin'],
      params: z.object({ number: z.coerce.number().int() }),
      answer: runAnswer,
      async run({ params }) {
        const schedule = planned(shop.site, params.number);
        const { file, ...run } = await runReport(shop, schedule, clock.now(), AbortSignal.timeout(120_000));
        return { ...run, kept: file !== null };
      },
    }),
  ];
};
