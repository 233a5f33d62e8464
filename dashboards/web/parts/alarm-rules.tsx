// Owns the list of rules: what each watches, at which level, and when it would have come over the last week.
import type { DryRun, RuleList, ShownRule } from '../../alarms/answers.ts';
import { age, compact, exact, momentOf, number, text, unitText } from '../format.ts';
import { session } from '../session.ts';
import { say, worded } from '../words.ts';
import { levelText, RuleEditor, ruleEditors, tried, trying } from './alarm-rule-editor.tsx';
import { objectName, SeverityMark } from './alarm-words.tsx';
import { Answered } from './answered.tsx';
import { CsvButton } from './csv.tsx';
import { Link } from './link.tsx';

const words = worded(
  {
    severity: '级别',
    rule: '规则',
    level: '限值',
    hold: '持续',
    owner: '负责人',
    builtin: '内置',
    own: 'alarms.yaml',
    at: '触发 / 恢复',
    after: (age: string) => `${age}后报警`,
    atOnce: '立即',
    dry: '试运行',
    adjust: '调整',
    off: '已停用',
    problems: 'alarms.yaml 有错误，仍按之前的规则检查；改正后自动生效',
    would: (count: number) => (count === 0 ? '过去 7 天不会报警' : `过去 7 天会报警 ${count} 次`),
    running: '正在读取过去 7 天的读数…',
    from: '开始',
    lasted: '时长',
    object: '对象',
    value: '数值',
    count: '次数',
    still: '仍在',
    cut: '只列出最近 500 次',
    webhooks: '通知',
    delivered: (count: number) => `已送达 ${count}`,
    waiting: (count: number) => `排队 ${count}`,
    dropped: (count: number) => `放弃 ${count}`,
  },
  {
    severity: 'Severity',
    rule: 'Rule',
    level: 'Level',
    hold: 'Held for',
    owner: 'Owner',
    builtin: 'built in',
    own: 'alarms.yaml',
    at: 'comes / goes at',
    after: (age) => `${age}`,
    atOnce: 'at once',
    dry: 'Try',
    adjust: 'Adjust',
    off: 'switched off',
    problems: 'alarms.yaml has mistakes: the rules before stay in force until it is mended',
    would: (count) =>
      count === 0
        ? 'It would not have come in the last 7 days'
        : `It would have come ${count} ${count === 1 ? 'time' : 'times'} in the last 7 days`,
    running: 'reading the last 7 days…',
    from: 'From',
    lasted: 'For',
    object: 'Object',
    value: 'Value',
    count: 'Count',
    still: 'still',
    cut: 'only the last 500 are listed',
    webhooks: 'Sent to',
    delivered: (count) => `${count} delivered`,
    waiting: (count) => `${count} waiting`,
    dropped: (count) => `${count} given up`,
  },
);

export function AlarmRules() {
  return (
    <Answered<RuleList> path="api/alarms/rules">
      {({ rules, webhooks, problems, changesGoTo }) => {
        const chosen = rules.find((one) => one.id === tried.value && isOpened(one));
        return (
          <>
            {problems.length > 0 && (
              <section class="callout not_met" role="alert" data-problems={problems.length}>
                <h2>{words.value.problems}</h2>
                <ul>
                  {problems.map(({ at, text: wrong }) => (
                    <li key={`${at}${wrong.en}`}>
                      <code>{at}</code> {text(wrong)}
                    </li>
                  ))}
                </ul>
              </section>
            )}
            {chosen !== undefined && <Tried key={JSON.stringify(chosen)} rule={chosen} goesTo={changesGoTo} />}
            <section class="scroll rules" tabIndex={0} aria-label={words.value.rule}>
              <table>
                <thead>
                  <tr>
                    <th>{words.value.severity}</th>
                    <th>{words.value.rule}</th>
                    <th>{say.value.meter}</th>
                    <th class="right">
                      {words.value.level} <small>{words.value.at}</small>
                    </th>
                    <th class="hold">{words.value.hold}</th>
                    <th>{words.value.owner}</th>
                    <th>
                      <span class="hidden">{words.value.dry}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rules.map((rule) => (
                    <Rule key={rule.id} rule={rule} isTried={rule.id === chosen?.id} />
                  ))}
                </tbody>
              </table>
            </section>
            {webhooks.length > 0 && (
              <section>
                <h2 class="group">{words.value.webhooks}</h2>
                <ul class="trouble">
                  {webhooks.map(({ id, delivered, waiting, dropped, failure }) => (
                    <li key={id}>
                      <b>{id}</b>
                      <span>{words.value.delivered(delivered)}</span>
                      {waiting > 0 && <span>{words.value.waiting(waiting)}</span>}
                      {dropped > 0 && <span class="unknown">{words.value.dropped(dropped)}</span>}
                      {failure !== null && <small>{failure}</small>}
                    </li>
                  ))}
                </ul>
              </section>
            )}
          </>
        );
      }}
    </Answered>
  );
}

/** Whoever may change a rule opens it also where nothing tells when it would have come. */
const isOpened = ({ tryable }: ShownRule): boolean => tryable || ruleEditors.includes(session.value?.user?.role ?? '');

function Rule({ rule, isTried }: { rule: ShownRule; isTried: boolean }) {
  const { id, name, severity, level, hold, owner, builtin, off, meter } = rule;
  const mayChange = ruleEditors.includes(session.value?.user?.role ?? '');
  return (
    <tr data-rule={id} class={`${isTried ? 'chosen' : ''} ${off ? 'off' : ''}`}>
      <td>
        <SeverityMark severity={severity} />
      </td>
      <td>
        {text(name)} <small>{builtin ? words.value.builtin : words.value.own}</small>
        {off && <span class="mark unknown">{words.value.off}</span>}
      </td>
      <td>{meter === null ? '' : objectName({ kind: 'meter', id: meter })}</td>
      <td class="right">
        {level !== null && (
          <>
            {levelText(level)} / {exact(level.clear ?? 0)} <span class="unit">{unitText(level.unit)}</span>
          </>
        )}
      </td>
      <td class="hold">{hold === 0 ? words.value.atOnce : words.value.after(age(hold))}</td>
      <td>{owner ?? ''}</td>
      <td class="right">
        {isOpened(rule) && (
          <Link to={{ ...trying, rule: isTried ? null : id }} class="try" aria-current={isTried ? 'true' : undefined}>
            {mayChange ? words.value.adjust : words.value.dry}
          </Link>
        )}
      </td>
    </tr>
  );
}

function Tried({ rule, goesTo }: { rule: ShownRule; goesTo: RuleList['changesGoTo'] }) {
  return (
    <RuleEditor rule={rule} goesTo={goesTo}>
      {(query) =>
        rule.tryable && (
          <Answered<DryRun> key={query} path={`api/alarms/rules/${rule.id}/dry-run${query}`}>
            {(run) => <Firings run={run} unit={rule.level?.unit ?? ''} />}
          </Answered>
        )
      }
    </RuleEditor>
  );
}

function Firings({ run: { rule, firings, cut }, unit }: { run: DryRun; unit: string }) {
  const rows = () => [
    [words.value.from, words.value.lasted, words.value.object, words.value.value, words.value.count],
    ...firings.map(({ from, to, object, value, count }) => [
      new Date(from).toISOString(),
      to === null ? null : Math.round((to - from) / 1_000),
      object.id,
      value,
      count,
    ]),
  ];
  return (
    <>
      <p class="would" data-firings={String(firings.length)}>
        {words.value.would(firings.length)}
      </p>
      {firings.length > 0 && (
        <details class="table" open={firings.length <= 12}>
          <summary>
            {say.value.table} <small>{cut ? words.value.cut : number(firings.length)}</small>
          </summary>
          <CsvButton name={`dry-run-${rule}`} rows={rows} />
          <section class="scroll" tabIndex={0} aria-label={say.value.table}>
            <table>
              <thead>
                <tr>
                  <th>{words.value.from}</th>
                  <th class="right">{words.value.lasted}</th>
                  <th>{words.value.object}</th>
                  <th class="right">{words.value.value}</th>
                  <th class="right">{words.value.count}</th>
                </tr>
              </thead>
              <tbody>
                {[...firings].reverse().map(({ from, to, object, value, count }) => (
                  <tr key={`${object.id} ${from}`}>
                    <td>{momentOf(from)}</td>
                    <td class="right">{to === null ? words.value.still : age(to - from)}</td>
                    <td>{objectName(object)}</td>
                    <td class="right">
                      {value === null ? '' : compact(value)} <span class="unit">{unitText(unit)}</span>
                    </td>
                    <td class="right">{count}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </details>
      )}
    </>
  );
}
