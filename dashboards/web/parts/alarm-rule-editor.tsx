// Owns the panel of one rule: other levels and times to try, and, for managers, to save; switching it off and on.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { RuleChange, RuleList, ShownRule } from '../../alarms/answers.ts';
import { go, written } from '../address.ts';
import { exact, text, unitText } from '../format.ts';
import { change, session } from '../session.ts';
import { forgetAll } from '../state.ts';
import { worded } from '../words.ts';

const words = worded(
  {
    title: (name: string) => `试运行：${name}`,
    adjust: (name: string) => `调整：${name}`,
    level: '限值',
    clear: '恢复值',
    hold: '持续（秒）',
    release: '恢复持续（秒）',
    now: (value: string) => `现为 ${value}`,
    save: '保存并生效',
    saving: '保存中…',
    off: '停用规则',
    on: '启用规则',
    isOff: '规则已停用，不再检查；历史保留。',
    untried: '判断所需的状态没有保存，无法试运行',
    readOnly: '能源管理负责人登录后可以修改规则。',
    saves: {
      site: '写入站点目录的 alarms.yaml（注释与顺序不变）并记入审计记录',
      data: '写入数据目录的 alarms.yaml（站点目录中的保持不变）并记入审计记录',
    },
  },
  {
    title: (name) => `Tried: ${name}`,
    adjust: (name) => `Adjust: ${name}`,
    level: 'Level',
    clear: 'Goes at',
    hold: 'Held for, s',
    release: 'Well for, s',
    now: (value) => `now ${value}`,
    save: 'Save, in force at once',
    saving: 'saving …',
    off: 'Switch off',
    on: 'Switch on',
    isOff: 'The rule is switched off: it is not looked at; its history stays.',
    untried: 'What it looks at is not kept, so it cannot be tried',
    readOnly: 'Energy managers who sign in may change rules.',
    saves: {
      site: 'is written to alarms.yaml of the site folder, whose comments and order stay, and kept on record',
      data: 'is written to alarms.yaml of the data folder, while that of the site folder stays as it is, and kept on record',
    },
  },
);

export const ruleEditors: readonly string[] = ['manager', 'admin'];

type Level = NonNullable<ShownRule['level']>;
export const levelText = ({ above, below }: Level): string =>
  `${above === null ? '<' : '>'} ${exact(above ?? below ?? 0)}`;

/** In the address, so that what somebody tried can be sent to who decides. */
export const tried = written('rule');
const fields = ['level', 'clear', 'hold', 'release'] as const;
type Field = (typeof fields)[number];
const given = Object.fromEntries(fields.map((name) => [name, written(name)])) as Record<Field, typeof tried>;
export const trying: Record<Field, null> = { level: null, clear: null, hold: null, release: null };

/** What is tried: numbers that differ from what holds. Times are seconds on the page. */
function otherOf({ level, hold, release }: ShownRule): { now: Record<Field, number | null>; other: RuleChange } {
  const value = level === null ? null : (level.above ?? level.below);
  const now = { level: value, clear: level?.clear ?? null, hold: hold / 1_000, release: release / 1_000 };
  const other: RuleChange = {};
  for (const name of fields) {
    const words = given[name].value;
    if (words === null || words.trim() === '' || now[name] === null) continue;
    const number = Number(words);
    if (!Number.isFinite(number) || number === now[name]) continue;
    other[name] = name === 'hold' || name === 'release' ? Math.max(0, Math.round(number * 1_000)) : number;
  }
  // Where only the level is moved, the level at which it goes keeps its distance.
  if (other.level !== undefined && other.clear === undefined && now.level !== null && now.clear !== null)
    other.clear = Number((other.level + now.clear - now.level).toPrecision(12));
  return { now, other };
}

/** As the dry run asks. */
function queryOf({ level }: ShownRule, other: RuleChange): string {
  const { level: to, ...rest } = other;
  const all = { ...(to === undefined ? {} : { [level?.above === null ? 'below' : 'above']: to }), ...rest };
  const query = new URLSearchParams(Object.entries(all).map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? '' : `?${query}`;
}

type Given = {
  rule: ShownRule;
  goesTo: RuleList['changesGoTo'];
  children: (query: string) => ComponentChildren;
};

export function RuleEditor({ rule, goesTo, children }: Given) {
  const own = words.value;
  const { id, name, level, builtin, off, tryable } = rule;
  const [state, setState] = useState<'idle' | 'busy' | Error>('idle');
  const { now, other } = otherOf(rule);
  const mayChange = ruleEditors.includes(session.value?.user?.role ?? '');
  const shown = fields.filter((one) => level !== null || one === 'hold' || one === 'release');
  const save = (body: RuleChange) => {
    setState('busy');
    change<RuleList>('PUT', `api/alarms/rules/${id}`, body).then(
      () => {
        setState('idle');
        go(trying, 'replace');
        forgetAll();
      },
      (error: Error) => setState(error),
    );
  };
  // A built-in level goes at a place of its own.
  const { clear, ...kept } = other;
  const saved = builtin || clear === undefined ? kept : other;
  return (
    <section class="tried" data-tried={id}>
      <h2>{(mayChange ? own.adjust : own.title)(text(name))}</h2>
      <div class="tried-fields">
        {shown.map((one) => (
          <label key={one}>
            <span>
              {own[one]}{' '}
              {level !== null && (one === 'level' || one === 'clear') && <small>{unitText(level.unit)}</small>}
            </span>
            <input
              type="number"
              step="any"
              name={one}
              min={one === 'hold' || one === 'release' ? 0 : undefined}
              disabled={builtin && one === 'clear'}
              value={given[one].value ?? String(other[one] ?? now[one] ?? '')}
              onChange={(event) => go({ [one]: event.currentTarget.value }, 'replace')}
            />
            <small>{other[one] !== undefined && now[one] !== null && own.now(exact(now[one]))}</small>
          </label>
        ))}
      </div>
      {off && <p class="note">{own.isOff}</p>}
      {tryable ? children(queryOf(rule, other)) : <p class="hint">{own.untried}</p>}
      {mayChange ? (
        <p class="actions">
          <button
            type="button"
            class="primary"
            data-save
            disabled={state === 'busy' || Object.keys(saved).length === 0}
            onClick={() => save(saved)}
          >
            {state === 'busy' ? own.saving : own.save}
          </button>
          <button type="button" data-switch disabled={state === 'busy'} onClick={() => save({ off: !off })}>
            {off ? own.on : own.off}
          </button>
          <small>{own.saves[goesTo]}</small>
        </p>
      ) : (
        <p class="hint">{own.readOnly}</p>
      )}
      {state instanceof Error && (
        <p class="failure" role="alert">
          {state.message}
        </p>
      )}
    </section>
  );
}
