// Owns entering: the form, then the check with its effects, and only then the writing.
import { useState } from 'preact/hooks';
import type { EntryCheck, EntryProblem } from '../../api/answers/records.ts';
import { text } from '../format.ts';
import { send, tryOut } from '../send.ts';
import { worded } from '../words.ts';
import { openPart } from './drawer.tsx';
import { Effects } from './effects.tsx';
import { EntryForm, Problems } from './entry-form.tsx';
import { entryFrom, type Field, fieldsOf, type JsonSchema, type Written, withoutForeign } from './form-fields.ts';

const words = worded(
  {
    check: '检查并预览影响',
    write: '写入台账',
    working: '处理中…',
    reason: '理由',
    revisionReason: '修订理由',
    appends: '台账只追加：写入后不能删除，只能修订或撤销，每次都留下记录。',
    withdraw: '撤销此条目',
    withdrawNow: '撤销',
  },
  {
    check: 'Check and preview',
    write: 'Write it down',
    working: 'working…',
    reason: 'Reason',
    revisionReason: 'Reason of the revision',
    appends:
      'The ledger only grows: what is written is revised or withdrawn, never deleted, and each time is on record.',
    withdraw: 'Withdraw this entry',
    withdrawNow: 'Withdraw',
  },
);

export type EditorProps = {
  kind: string;
  schema: JsonSchema;
  start: Written;
  before: Written;
  /** The revision that is revised; null for a new entry. */
  revises: number | null;
  withdraw?: boolean;
  suggestions: Readonly<Record<string, readonly string[]>>;
};

type Step = { state: 'editing' | 'working' | 'checked'; check: EntryCheck | null; failed: string | null };

export function EntryEditor({
  kind,
  schema: whole,
  start,
  before,
  revises,
  withdraw = false,
  suggestions,
}: EditorProps) {
  const [written, setWritten] = useState<Written>(start);
  const schema = withoutForeign(whole, kind, written);
  const [reason, setReason] = useState('');
  const [step, setStep] = useState<Step>({ state: 'editing', check: null, failed: null });
  const { value: say } = words;
  const edited = () => setStep({ state: 'editing', check: step.check && { ...step.check, effects: [] }, failed: null });
  const problems = step.check?.problems ?? [];
  const proposal = () => ({
    entry: { ...entryFrom(written, schema), kind, ...(withdraw ? { withdrawn: true } : {}) },
    revises,
    reason,
  });
  const attempt = async (deed: () => Promise<Step>) => {
    setStep({ ...step, state: 'working' });
    try {
      setStep(await deed());
    } catch (error) {
      setStep({ state: 'editing', check: step.check, failed: error instanceof Error ? error.message : String(error) });
    }
  };
  const check = () =>
    attempt(async () => {
      const answer = await tryOut<EntryCheck>('api/ledger/check', proposal());
      return { state: answer.problems.length === 0 ? 'checked' : 'editing', check: answer, failed: null };
    });
  const write = () =>
    attempt(async () => {
      const revision = await send<{ entry: { id: string } } | null>('api/ledger', proposal());
      openPart(revision === null ? null : `entry:${revision.entry.id}`);
      return { state: 'editing', check: null, failed: null };
    });
  const known = pathsIn(fieldsOf(schema));
  return (
    <form
      class="editor"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void (step.state === 'checked' ? write() : check());
      }}
    >
      {withdraw ? (
        <p class="warning">{say.withdraw}</p>
      ) : (
        <EntryForm
          schema={schema}
          written={written}
          before={before}
          problems={problems}
          suggestions={suggestions}
          fixed={revises === null ? [] : ['id']}
          change={(next) => {
            setWritten(next);
            edited();
          }}
        />
      )}
      <div class={problems.some(({ path }) => path === 'reason') ? 'field wrong' : 'field'}>
        <label for="entry-reason">
          {revises === null ? say.reason : say.revisionReason}
          {revises !== null && <span class="required"> *</span>}
        </label>
        <input
          id="entry-reason"
          name="reason"
          type="text"
          autoComplete="off"
          maxLength={500}
          value={reason}
          onInput={(event) => {
            setReason(event.currentTarget.value);
            edited();
          }}
        />
        <Problems at="reason" problems={problems} />
      </div>
      <Rest problems={problems.filter(({ path }) => path !== 'reason' && (withdraw || !known.has(pathOf(path))))} />
      {step.failed !== null && (
        <p class="failure" role="alert">
          {step.failed}
        </p>
      )}
      {step.state === 'checked' && step.check !== null && (
        <Effects effects={step.check.effects} years={step.check.years} />
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={step.state === 'working'}>
          {step.state === 'working'
            ? say.working
            : step.state !== 'checked'
              ? say.check
              : withdraw
                ? say.withdrawNow
                : say.write}
        </button>
        <small>{say.appends}</small>
      </p>
    </form>
  );
}

/** Mistakes that no field shows. */
function Rest({ problems }: { problems: readonly EntryProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems" role="alert">
      {problems.map((problem) => (
        <li key={`${problem.path}${problem.text.en}`}>
          {problem.path !== '' && <code>{problem.path}</code>} {text(problem.text)}
        </li>
      ))}
    </ul>
  );
}

/** Items of lists are numbered, fields are not. */
const pathOf = (path: string): string => path.replaceAll(/\.\d+/g, '');

function pathsIn(fields: readonly Field[]): Set<string> {
  return new Set(
    fields.flatMap((field) => {
      if (field.sort === 'group') return [field.path, ...pathsIn(field.fields)];
      if (field.sort === 'list') return [field.path, ...[...pathsIn(fieldsOf(field.item, field.path))]];
      return [field.path];
    }),
  );
}
