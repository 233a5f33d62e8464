// Owns taking a file of entries in: tried first, with what is wrong told by line, and only then written.
import { useState } from 'preact/hooks';
import type { ImportAnswer } from '../../api/answers/records.ts';
import { text } from '../format.ts';
import { send, tryOut } from '../send.ts';
import { site } from '../state.ts';
import { worded } from '../words.ts';
import { openPart } from './drawer.tsx';
import { kindName } from './entry-words.ts';

const words = worded(
  {
    file: 'YAML（同 ledger.yaml）或 CSV（每行一个条目，列名为字段名）',
    choose: '选择文件',
    tried: '试运行：尚未写入',
    states: { new: '新增', changed: '修订', same: '不变' },
    problems: (count: number) => `${count} 处错误，未写入任何条目`,
    line: (line: number, column: number) => `第 ${line} 行，第 ${column} 列`,
    write: (count: number) => `写入 ${count} 条`,
    nothing: '没有新的或改动的条目',
    reason: '理由（含修订时必填）',
    tooLarge: '文件超过 900 kB：请用命令行 tanbiao ledger import',
    tables: '表计读数与产量等表格（自带列名，需列映射）由命令行导入：',
  },
  {
    file: 'YAML (as ledger.yaml) or CSV (one entry a row, columns named as the fields)',
    choose: 'Choose a file',
    tried: 'Tried only: nothing is written yet',
    states: { new: 'new', changed: 'revised', same: 'unchanged' },
    problems: (count) => `${count} ${count === 1 ? 'mistake' : 'mistakes'}: nothing is written`,
    line: (line, column) => `line ${line}, column ${column}`,
    write: (count) => `Write ${count} ${count === 1 ? 'entry' : 'entries'}`,
    nothing: 'Nothing is new or changed',
    reason: 'Reason (needed where entries are revised)',
    tooLarge: 'The file is larger than 900 kB: use tanbiao ledger import on the command line',
    tables: 'Tables of readings and of production, with columns of their own, are taken in by the command line:',
  },
);

const largest = 900_000;
const mostShown = 60;

export function LedgerImport() {
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState<ImportAnswer | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const { value: say } = words;
  const attempt = async (deed: () => Promise<void>) => {
    setFailed(null);
    try {
      await deed();
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    }
  };
  const take = (chosen: File | undefined) =>
    attempt(async () => {
      setTried(null);
      if (chosen === undefined) return;
      if (chosen.size > largest) throw new Error(say.tooLarge);
      const given = { name: chosen.name, text: await chosen.text() };
      setFile(given);
      setTried(await tryOut<ImportAnswer>('api/ledger/import', given));
    });
  const write = () =>
    attempt(async () => {
      await send<ImportAnswer>('api/ledger/import', { ...file, reason, dryRun: false });
      openPart(null);
    });
  const moving = tried?.rows.filter(({ state }) => state !== 'same') ?? [];
  return (
    <div class="editor">
      <label class="drop">
        <b>{say.choose}</b>
        <small>{say.file}</small>
        <input type="file" accept=".yaml,.yml,.csv" onChange={(event) => void take(event.currentTarget.files?.[0])} />
      </label>
      {failed !== null && (
        <p class="failure" role="alert">
          {failed}
        </p>
      )}
      {tried !== null && tried.problems.length > 0 && (
        <section role="alert">
          <h3 class="group not_met">{say.problems(tried.problems.length)}</h3>
          <ul class="problems">
            {tried.problems.map((problem) => (
              <li key={`${problem.line}.${problem.column}${problem.path}${problem.text.en}`}>
                {problem.line > 0 && <b>{say.line(problem.line, problem.column)}</b>} <code>{problem.path}</code>{' '}
                {text(problem.text)}
              </li>
            ))}
          </ul>
        </section>
      )}
      {tried !== null && tried.problems.length === 0 && (
        <>
          <h3 class="group">{moving.length === 0 ? say.nothing : say.tried}</h3>
          <ul class="differences" data-tried>
            {moving.slice(0, mostShown).map(({ kind, id, state }) => (
              <li key={id}>
                <small>{say.states[state]}</small> {kindName(kind)} <code>{id}</code>
              </li>
            ))}
            {moving.length > mostShown && <li>…</li>}
          </ul>
          {moving.length > 0 && (
            <>
              <div class="field">
                <label for="import-reason">{say.reason}</label>
                <input
                  id="import-reason"
                  type="text"
                  maxLength={500}
                  value={reason}
                  onInput={(event) => setReason(event.currentTarget.value)}
                />
              </div>
              <p class="actions">
                <button type="button" class="primary" onClick={() => void write()}>
                  {say.write(moving.length)}
                </button>
              </p>
            </>
          )}
        </>
      )}
      <p class="hint">
        {say.tables}{' '}
        <code class="command">tanbiao import table.csv --map map.yaml --site {site.value?.site ?? '…'}</code>
      </p>
    </div>
  );
}
