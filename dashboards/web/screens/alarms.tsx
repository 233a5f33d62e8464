// Owns the screen of alarms: what is open and what is shelved, what was, and the rules.
import { useState } from 'preact/hooks';
import type { AlarmHistory, AlarmList } from '../../alarms/answers.ts';
import { choice, go } from '../address.ts';
import { alarmFailure, alarmList } from '../alarm-list.ts';
import { momentOf } from '../format.ts';
import { trying } from '../parts/alarm-rule-editor.tsx';
import { AlarmRules } from '../parts/alarm-rules.tsx';
import { AlarmTable } from '../parts/alarm-table.tsx';
import { alarmWords } from '../parts/alarm-words.tsx';
import { Answered } from '../parts/answered.tsx';
import { Choices } from '../parts/choices.tsx';
import { get } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '告警',
    hint: '规则每 3 秒检查一次；10 分钟内重复出现的只计次数',
    tabs: { open: '未恢复', past: '历史', rules: '规则' },
    tab: '显示',
    open: '未恢复的告警',
    shelved: '已搁置',
    watching: (when: string) => `规则自 ${when} 起持续检查`,
    quiet: (when: string) => `自 ${when} 起一切正常`,
    noPast: '还没有恢复的告警',
    past: '已恢复的告警',
  },
  {
    title: 'Alarms',
    hint: 'the rules are looked at every 3 seconds; what comes back within 10 minutes is only counted',
    tabs: { open: 'Open', past: 'History', rules: 'Rules' },
    tab: 'Show',
    open: 'Open alarms',
    shelved: 'Shelved',
    watching: (when) => `the rules have been watched since ${when}`,
    quiet: (when) => `all well since ${when}`,
    noPast: 'No alarm is over yet',
    past: 'Alarms that are over',
  },
);

const tabs = ['open', 'past', 'rules'] as const;
const tab = choice('tab', tabs, () => 'open');

export function AlarmsScreen() {
  return (
    <section class="alarms">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Choices
        name={words.value.tab}
        all={tabs}
        chosen={tab.value}
        say={(one) => words.value.tabs[one]}
        choose={(one) => go({ ...trying, tab: one, rule: null })}
      />
      {tab.value === 'open' ? <Open /> : tab.value === 'past' ? <Past /> : <AlarmRules />}
    </section>
  );
}

function Open() {
  const list = alarmList.value;
  if (alarmFailure.value !== null)
    return (
      <p class="failure" role="alert">
        {say.value.failed}: {alarmFailure.value}
      </p>
    );
  if (list === null) return <p class="empty">{say.value.loading}</p>;
  return (
    <>
      {list.open.length === 0 ? <Calm list={list} /> : <AlarmTable alarms={list.open} label={words.value.open} />}
      {list.shelved.length > 0 && (
        <section>
          <h2 class="group">{words.value.shelved}</h2>
          <AlarmTable alarms={list.shelved} label={words.value.shelved} />
        </section>
      )}
    </>
  );
}

function Calm({ list: { since, quietSince } }: { list: AlarmList }) {
  return (
    <div class="calm-alarms" data-calm>
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="20" />
        <path d="m15 25 6.5 6.5L34 18" />
      </svg>
      <p>{alarmWords.value.none}</p>
      {quietSince !== null && quietSince > since && <small>{words.value.quiet(momentOf(quietSince))}</small>}
      <small>{words.value.watching(momentOf(since))}</small>
    </div>
  );
}

function Past() {
  return (
    <Answered<AlarmHistory> path="api/alarms/history">
      {(first) => (first.items.length === 0 ? <p class="empty">{words.value.noPast}</p> : <Pages first={first} />)}
    </Answered>
  );
}

function Pages({ first }: { first: AlarmHistory }) {
  const [later, setLater] = useState<AlarmHistory>({ items: [], next: first.next });
  const [failure, setFailure] = useState<string | null>(null);
  const more = () =>
    get<AlarmHistory>(`api/alarms/history?cursor=${later.next}`).then(
      ({ items, next }) => setLater({ items: [...later.items, ...items], next }),
      (error: Error) => setFailure(error.message),
    );
  return (
    <>
      <AlarmTable alarms={[...first.items, ...later.items]} label={words.value.past} />
      {later.next !== null && (
        <p>
          <button type="button" onClick={() => void more()}>
            {say.value.earlier}
          </button>
        </p>
      )}
      {failure !== null && (
        <p class="failure" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}
