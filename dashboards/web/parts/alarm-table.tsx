// Owns the table of alarms: a line each, what is inside it below it, and what an operator does about it.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ShownAlarm } from '../../alarms/answers.ts';
import { refresh } from '../alarm-list.ts';
import { age, momentOf, text } from '../format.ts';
import { frame, send } from '../state.ts';
import { worded } from '../words.ts';
import { AlarmValue, alarmWords, ObjectLink, SeverityMark } from './alarm-words.tsx';

const words = worded(
  {
    severity: '级别',
    rule: '告警',
    object: '对象',
    value: '数值',
    first: '首次',
    last: '最近',
    count: '次数',
    state: '状态',
    times: (count: number) => `${count} 次`,
    lasting: (age: string) => `持续 ${age}`,
    note: '留言（可不填）',
    reason: '原因（必填）',
    acknowledge: '确认',
    shelve: '搁置',
    unshelve: '取消搁置',
    cancel: '取消',
    until: '搁置时长',
    spans: { '1': '1 小时', '8': '8 小时', '24': '1 天', '168': '7 天' },
    untilWhen: (when: string) => `至 ${when}`,
    owner: (name: string) => `负责人：${name}`,
    actions: '操作',
  },
  {
    severity: 'Severity',
    rule: 'Alarm',
    object: 'Object',
    value: 'Value',
    first: 'First',
    last: 'Last',
    count: 'Count',
    state: 'State',
    times: (count) => `${count}×`,
    lasting: (age) => `for ${age}`,
    note: 'Note (may stay empty)',
    reason: 'Reason (needed)',
    acknowledge: 'Take note',
    shelve: 'Shelve',
    unshelve: 'Take from the shelf',
    cancel: 'Cancel',
    until: 'Shelved for',
    spans: { '1': '1 hour', '8': '8 hours', '24': '1 day', '168': '7 days' },
    untilWhen: (when) => `until ${when}`,
    owner: (name) => `owner: ${name}`,
    actions: 'Actions',
  },
);

export function AlarmTable({ alarms, label }: { alarms: readonly ShownAlarm[]; label: string }) {
  const { severity, rule, object, value, first, last, state, actions } = words.value;
  return (
    <section class="scroll" tabIndex={0} aria-label={label}>
      <table class="alarm-table">
        <thead>
          <tr>
            <th>{severity}</th>
            <th>{rule}</th>
            <th>{object}</th>
            <th class="right">{value}</th>
            <th>{first}</th>
            <th>{last}</th>
            <th>{state}</th>
            <th>
              <span class="hidden">{actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {alarms.flatMap((alarm) => [
            <Line key={alarm.id} alarm={alarm} />,
            ...alarm.inside.map((one) => <Line key={one.id} alarm={one} inside />),
          ])}
        </tbody>
      </table>
    </section>
  );
}

type Doing = 'acknowledge' | 'shelve';

function Line({ alarm, inside = false }: { alarm: ShownAlarm; inside?: boolean }) {
  const [doing, setDoing] = useState<Doing | null>(null);
  const { severity, name, object, first, last, count, cleared, state } = alarm;
  const now = frame.value?.now ?? last;
  return (
    <>
      <tr
        class={`${severity} ${state} ${inside ? 'inside' : ''}`}
        data-alarm={`${alarm.rule}/${object.id}`}
        data-state={state}
      >
        <td class="sign">
          <SeverityMark severity={severity} />
        </td>
        <td class="what">
          <b>{text(name)}</b>
          {alarm.inside.length > 0 && <small>{alarmWords.value.inside(alarm.inside.length)}</small>}
        </td>
        <td class="object">
          <ObjectLink object={object} />
        </td>
        <td class="right value">
          <AlarmValue {...alarm} />
        </td>
        <td class="when">
          {momentOf(first)} {count > 1 && <small class="count">{words.value.times(count)}</small>}
        </td>
        <td class="when last">
          {momentOf(cleared ?? last)} <small>{words.value.lasting(age(Math.max(0, (cleared ?? now) - first)))}</small>
        </td>
        <td class="state">
          <State alarm={alarm} />
        </td>
        <td class="right do">
          <Actions alarm={alarm} doing={doing} setDoing={setDoing} />
        </td>
      </tr>
      {doing !== null && (
        <tr class="doing">
          <td colSpan={8}>
            <Form alarm={alarm} doing={doing} done={() => setDoing(null)} />
          </td>
        </tr>
      )}
    </>
  );
}

function State({ alarm: { state, acknowledged, shelf, owner } }: { alarm: ShownAlarm }) {
  const said = [
    state === 'shelved' && shelf !== null ? `${words.value.untilWhen(momentOf(shelf.until))} · ${shelf.reason}` : '',
    acknowledged === null ? '' : [acknowledged.by, acknowledged.note].filter((one) => one !== '').join(': '),
    owner === null ? '' : words.value.owner(owner),
  ].filter((one) => one !== '');
  return (
    <>
      <span class="word">{alarmWords.value.states[state]}</span> {said.length > 0 && <small>{said.join(' · ')}</small>}
    </>
  );
}

type ActionProps = { alarm: ShownAlarm; doing: Doing | null; setDoing: (doing: Doing | null) => void };

function Actions({ alarm: { id, state }, doing, setDoing }: ActionProps) {
  if (state === 'cleared') return null;
  const button = (what: Doing) => (
    <button
      type="button"
      class="quiet"
      aria-expanded={doing === what}
      onClick={() => setDoing(doing === what ? null : what)}
    >
      {words.value[what]}
    </button>
  );
  if (state === 'shelved')
    return (
      <button
        type="button"
        class="quiet"
        onClick={() => {
          send(`api/alarms/${id}/unshelve`, {}).then(refresh, refresh);
        }}
      >
        {words.value.unshelve}
      </button>
    );
  return (
    <>
      {state === 'active' && button('acknowledge')}
      {button('shelve')}
    </>
  );
}

const spans = ['1', '8', '24', '168'] as const;

function Form({ alarm: { id }, doing, done }: { alarm: ShownAlarm; doing: Doing; done: () => void }) {
  const [failure, setFailure] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  // Who opened the form wants to write.
  useEffect(() => field.current?.focus(), []);
  const submit = (event: Event & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const words = String(given.get('words') ?? '');
    const until = (frame.peek()?.now ?? Date.now()) + Number(given.get('hours')) * 3_600_000;
    const sent =
      doing === 'acknowledge'
        ? send(`api/alarms/${id}/ack`, { note: words })
        : send(`api/alarms/${id}/shelve`, { until, reason: words });
    sent.then(refresh).then(done, (error: Error) => setFailure(error.message));
  };
  const asked = doing === 'acknowledge' ? words.value.note : words.value.reason;
  return (
    <form class="alarm-form" onSubmit={submit}>
      {doing === 'shelve' && (
        <select name="hours" aria-label={words.value.until}>
          {spans.map((hours) => (
            <option key={hours} value={hours} selected={hours === '8'}>
              {words.value.spans[hours]}
            </option>
          ))}
        </select>
      )}
      <input
        name="words"
        aria-label={asked}
        placeholder={asked}
        maxLength={2_000}
        required={doing === 'shelve'}
        ref={field}
      />
      <button type="submit">{words.value[doing]}</button>
      <button type="button" class="quiet" onClick={done}>
        {words.value.cancel}
      </button>
      {failure !== null && (
        <span class="failed" role="alert">
          {failure}
        </span>
      )}
    </form>
  );
}
