// Owns the screen of evidence: what each standard asks people to attest, what proves it, what is missing, and what runs out.
import type { DocumentRow, EvidenceList, Requirement } from '../../api/answers/records.ts';
import { choice, go, written } from '../address.ts';
import { dateOf, number, text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Choices } from '../parts/choices.tsx';
import { Drawer, openedPart, openPart } from '../parts/drawer.tsx';
import { valueName } from '../parts/entry-words.ts';
import { EvidenceUpload } from '../parts/evidence-upload.tsx';
import { language, site } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '佐证材料',
    hint: '文件按内容的 SHA-256 保存，内容一变即失效',
    year: '年份',
    size: '大小',
    standard: '标准',
    requirements: '要求与佐证',
    noRequirements: '该标准没有需要人工声明的要求',
    documents: '文件',
    none: '还没有文件',
    upload: '上传文件',
    uploadFor: '上传',
    attestedBy: '声明人',
    states: {
      proved: '已佐证',
      unattested: '有文件，未声明',
      unproved: '已声明，缺文件',
      missing: '缺声明与文件',
      expiring: '即将到期',
      expired: '文件已过期',
      denied: '声明不满足',
    } satisfies Record<Requirement['state'], string>,
    reminders: '到期提醒',
    until: (day: string) => `有效期至 ${day}`,
    lives: { open: '长期', valid: '有效', expiring: '即将到期', expired: '已过期' } satisfies Record<
      DocumentRow['life'],
      string
    >,
    lost: '文件不在此处，或内容已变',
    usedBy: '佐证',
    file: '文件',
    validity: '有效期',
    uploaded: '登记',
    download: '下载',
    named: (number: string) => `凭证号 ${number}`,
    readOnly: '登录后（操作员及以上）可以上传。',
    sha: '内容哈希',
  },
  {
    title: 'Evidence',
    hint: 'files are kept under the SHA-256 of their content: one that is altered proves nothing',
    year: 'Year',
    size: 'Size',
    standard: 'Standard',
    requirements: 'What is asked, and what proves it',
    noRequirements: 'This standard asks nobody to attest anything',
    documents: 'Documents',
    none: 'There are no documents yet',
    upload: 'Upload a file',
    uploadFor: 'Upload',
    attestedBy: 'attested by',
    states: {
      proved: 'proved',
      unattested: 'a document, not attested',
      unproved: 'attested, no document',
      missing: 'nothing there',
      expiring: 'expires soon',
      expired: 'document expired',
      denied: 'attested as not met',
    },
    reminders: 'Running out',
    until: (day) => `valid until ${day}`,
    lives: { open: 'without end', valid: 'valid', expiring: 'expires soon', expired: 'expired' },
    lost: 'the file is not here, or was altered',
    usedBy: 'Proves',
    file: 'File',
    validity: 'Valid',
    uploaded: 'Entered',
    download: 'Download',
    named: (number) => `voucher ${number}`,
    readOnly: 'Sign in as an operator or above to upload.',
    sha: 'hash of the content',
  },
);

const signs: Record<Requirement['state'], [sign: string, state: string]> = {
  proved: ['✓', 'met'],
  unattested: ['?', 'unknown'],
  unproved: ['!', 'unknown'],
  missing: ['✗', 'not_met'],
  expiring: ['!', 'unknown'],
  expired: ['✗', 'not_met'],
  denied: ['✗', 'not_met'],
};

const year = written('year');

export function EvidenceScreen() {
  const plant = site.value;
  if (plant === null) return <p class="empty">{say.value.loading}</p>;
  const years = [plant.lastClosedYear + 1, plant.lastClosedYear, plant.lastClosedYear - 1].map(String);
  const chosen = years.find((one) => one === year.value) ?? String(plant.lastClosedYear);
  return (
    <section class="records">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Choices
        name={words.value.year}
        all={years}
        chosen={chosen}
        say={(one) => one}
        choose={(one) => go({ year: one })}
      />
      <Answered<EvidenceList> path={`api/evidence?year=${chosen}`}>{(list) => <Shown list={list} />}</Answered>
    </section>
  );
}

function Shown({ list }: { list: EvidenceList }) {
  const { value: own } = words;
  const { documents, requirements, may } = list;
  const running = documents.filter(({ life }) => life === 'expiring' || life === 'expired');
  const packs = site.value?.packs.map(({ id }) => id) ?? [];
  const [first = ''] = packs;
  const pack = choice('pack', packs, () => first).value;
  const asked = requirements.filter((one) => one.pack === pack);
  const counts = Object.keys(signs).flatMap((state) => {
    const count = asked.filter((one) => one.state === state).length;
    return count === 0 ? [] : [[state as Requirement['state'], count] as const];
  });
  return (
    <>
      {running.length > 0 && (
        <section class="callout unknown" data-reminders>
          <h2>{own.reminders}</h2>
          <ul>
            {running.map(({ entry, life }) => (
              <li key={entry.id} class={life === 'expired' ? 'not_met' : 'unknown'}>
                <button type="button" class="link" onClick={() => openPart(`document:${entry.id}`)}>
                  <span>{entry.title}</span>
                </button>{' '}
                <span class="state">{own.lives[life]}</span> <small>{own.until(entry.validTo ?? '')}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <div class="toolbar">
          <Choices
            name={own.standard}
            all={packs}
            chosen={pack}
            say={(one) => text(site.value?.packs.find(({ id }) => id === one)?.name ?? { zh: one, en: one })}
            choose={(one) => go({ pack: one })}
          />
          {may && (
            <p class="deeds">
              <button type="button" class="primary" onClick={() => openPart('upload')}>
                {own.upload}
              </button>
            </p>
          )}
        </div>
        {!may && <p class="hint">{own.readOnly}</p>}
        <h2 class="group">
          {own.requirements}{' '}
          {counts.map(([state, count]) => (
            <span key={state} class={`tally ${signs[state][1]}`}>
              {own.states[state]} <b class="state">{count}</b>
            </span>
          ))}
        </h2>
        {asked.length === 0 && <p class="empty">{own.noRequirements}</p>}
        <ul class="requirements">
          {asked.map((one) => (
            <One key={`${one.sort}${one.clause}${one.name.en}`} asked={one} documents={documents} may={may} />
          ))}
        </ul>
      </section>
      <section>
        <h2 class="group">
          {own.documents} <small>{documents.length}</small>
        </h2>
        {documents.length === 0 ? <p class="empty">{own.none}</p> : <Documents documents={documents} />}
      </section>
      <Opened list={list} />
    </>
  );
}

function One({ asked, documents, may }: { asked: Requirement; documents: readonly DocumentRow[]; may: boolean }) {
  const { value: own } = words;
  const { clause, name, phrase, state, attested, named } = asked;
  const [sign, how] = signs[state];
  const proving = documents.filter(({ entry }) => asked.documents.includes(entry.id));
  return (
    <li class={how} data-requirement={`${asked.pack} ${clause}`} data-state={state}>
      <span class="state sign" aria-hidden="true">
        {sign}
      </span>
      <div>
        <p>
          <b>{text(name)}</b> <small>{clause}</small>
        </p>
        {language.value === 'zh' && <p class="phrase">{phrase}</p>}
        <p class="proofs">
          {proving.map(({ entry }) => (
            <button key={entry.id} type="button" class="link inline" onClick={() => openPart(`document:${entry.id}`)}>
              <span>{entry.title}</span>
            </button>
          ))}
          {attested !== null && (
            <small>
              {own.attestedBy} <span lang="zh-CN">{attested.by}</span>
            </small>
          )}
          {proving.length === 0 && named !== null && <small>{own.named(named)}</small>}
        </p>
      </div>
      <p class="verdict-of">
        <span class="state">{own.states[state]}</span>
        {may && (
          <button type="button" class="quiet" onClick={() => openPart(`upload:${asked.pack}:${clause}`)}>
            {own.uploadFor}
          </button>
        )}
      </p>
    </li>
  );
}

function Documents({ documents }: { documents: readonly DocumentRow[] }) {
  const { value: own } = words;
  return (
    <section class="scroll" tabIndex={0} aria-label={own.documents}>
      <table class="entries">
        <thead>
          <tr>
            <th>{own.file}</th>
            <th>{own.validity}</th>
            <th>{own.usedBy}</th>
            <th class="right">{own.size} kB</th>
            <th>{own.uploaded}</th>
          </tr>
        </thead>
        <tbody>
          {documents.map(({ entry, bytes, life, by, author, at }) => (
            <tr key={entry.id} data-document={entry.id}>
              <td class="wide">
                <button type="button" class="link" onClick={() => openPart(`document:${entry.id}`)}>
                  <span>{entry.title}</span>
                </button>
                <small>
                  {valueName(entry.type)} · {entry.name ?? entry.file ?? entry.id}
                </small>
              </td>
              <td class={life === 'expired' ? 'not_met' : life === 'expiring' ? 'unknown' : ''}>
                <span class="state">{own.lives[life]}</span>{' '}
                <small>{[entry.validFrom, entry.validTo].filter((one) => one !== undefined).join(' – ')}</small>
              </td>
              <td class="wide">
                <small>
                  {[...by, ...(entry.proves ?? []).map(({ pack, clause }) => `${pack} ${clause}`)].join(' · ') || '—'}
                </small>
              </td>
              <td class="right">{bytes === null ? <small>{own.lost}</small> : number(bytes / 1_000, 1)}</td>
              <td>
                <small>
                  {author} · {dateOf(at)}
                </small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** document:<id>, upload, upload:<pack>:<clause> */
function Opened({ list }: { list: EvidenceList }) {
  const { value: own } = words;
  const [what = '', first = '', second = ''] = (openedPart.value ?? '').split(':');
  if (what === 'upload' && list.may)
    return (
      <Drawer title={own.upload}>
        <EvidenceUpload key={`${first}${second}`} list={list} pack={first} clause={second} />
      </Drawer>
    );
  const row = list.documents.find(({ entry }) => entry.id === first);
  if (what !== 'document' || row === undefined) return null;
  const { entry, shown, bytes } = row;
  const address = `api/evidence/files/${entry.sha256}`;
  return (
    <Drawer title={entry.title} hint={entry.name ?? entry.file ?? entry.id}>
      {bytes === null && <p class="failure">{own.lost}</p>}
      {bytes !== null && shown === 'image' && <img class="preview" src={address} alt={entry.title} />}
      {bytes !== null && shown === 'pdf' && <iframe class="preview" src={address} title={entry.title} />}
      <p class="actions">
        {bytes !== null && (
          <a class="button" href={address} download={entry.name ?? entry.id}>
            {own.download}
          </a>
        )}
        <small>
          {own.sha} <code class="command">{entry.sha256}</code>
        </small>
      </p>
    </Drawer>
  );
}
