// Owns sealing by hand: a manager seals a year, corrects a sealed one with its cause, or makes a draft of the running one.
import { useState } from 'preact/hooks';
import type { Listed } from '../../../snapshot/list.ts';
import { go } from '../address.ts';
import { change, Refusal, session } from '../session.ts';
import { forgetAll, site } from '../state.ts';
import { worded } from '../words.ts';
import { Field, Form, type Given } from './form.tsx';

const words = worded(
  {
    title: '封存、更正或生成草稿',
    year: '年度',
    doing: '操作',
    deeds: { seal: '封存', correct: '更正', draft: '生成草稿' },
    cause: '更正原因',
    causeHint: '写入新快照并签名，他人可见',
    isSealed: '这一年已经封存：只能说明原因后更正，原快照保留',
    work: '读取全年读数，按各标准计算，签名',
    signIn: '能源管理负责人登录后可以封存与更正。',
  },
  {
    title: 'Seal, correct or make a draft',
    year: 'Year',
    doing: 'What to do',
    deeds: { seal: 'Seal', correct: 'Correct', draft: 'Make a draft' },
    cause: 'Cause of the correction',
    causeHint: 'is signed with the new snapshot, and seen by everybody',
    isSealed: 'This year is sealed: it can only be corrected, with a cause; the snapshot before is kept',
    work: "reading the year's readings, computing every standard, signing",
    signIn: 'Energy managers who sign in may seal and correct.',
  },
);

const sealers: readonly string[] = ['manager', 'admin'];

export function Seal({ list }: { list: readonly Listed[] }) {
  const own = words.value;
  const role = session.value?.user?.role;
  const last = site.value?.lastClosedYear ?? null;
  const [chosen, choose] = useState<number | null>(null);
  const [unchanged, setUnchanged] = useState<string | null>(null);
  if (last === null) return null;
  if (role === undefined || !sealers.includes(role)) return <p class="hint">{own.signIn}</p>;
  const year = chosen ?? last;
  const isSealed = list.some((one) => one.year === year && one.state === 'sealed');
  const deed = year > last ? 'draft' : isSealed ? 'correct' : 'seal';
  const send = async ({ cause }: Given) => {
    setUnchanged(null);
    const made = await change<{ file: string }>('POST', 'api/snapshots', {
      year,
      draft: deed === 'draft',
      ...(deed === 'correct' && { cause }),
    }).catch((error: Error) => {
      if (!(error instanceof Refusal) || error.code !== 'nothing_changed') throw error;
      setUnchanged(error.message); // an answer, not a failure
    });
    if (made === undefined) return;
    const { file } = made;
    forgetAll();
    const name =
      file
        .split(/[\\/]/)
        .at(-1)
        ?.replace(/\.[a-z]+$/, '') ?? null;
    go({ snapshot: name, check: null, against: null });
  };
  return (
    <details class="seal">
      <summary>{own.title}</summary>
      <Form class="line" submit={own.deeds[deed]} work={own.work} send={send}>
        <label class="field">
          <span>{own.year}</span>
          <select
            name="year"
            value={year}
            onChange={({ currentTarget: { value } }) => {
              choose(Number(value));
              setUnchanged(null);
            }}
          >
            {[last + 1, last, last - 1, last - 2].map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        {deed === 'correct' && <Field name="cause" label={own.cause} hint={own.causeHint} />}
      </Form>
      {unchanged !== null && (
        <p class="unchanged" role="status">
          <span aria-hidden="true">＝</span> {unchanged}
        </p>
      )}
      {deed === 'correct' && <p class="note">{own.isSealed}</p>}
    </details>
  );
}
