// Owns the health of gateways and devices: what each last said, what of it is stored, and what is missing.
import { type PointId, points } from '../../../core/points.ts';
import { levelOf, qualityOf, qualityText } from '../../../core/quality.ts';
import type { GatewayHealth, Health } from '../../api/answers.ts';
import type { LiveReading, SiteMeter } from '../../live-frame.ts';
import { age, momentOf, number, text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Link } from '../parts/link.tsx';
import { frame, silence, site } from '../state.ts';
import { say, worded } from '../words.ts';

const words = worded(
  {
    title: '网关与设备',
    hint: '网关自述、已入库的批次，以及各表最近一次读数',
    online: '在线',
    offline: '离线',
    unheard: '未收到状态',
    since: (when: string) => `自 ${when}`,
    stored: '已入库批次',
    newest: '最新入库读数',
    gaps: '缺失批次',
    losses: '已报告丢失',
    readings: (count: string) => `${count} 个读数`,
    none: '无',
    connection: '连接',
    last: '最近读数',
    state: '状态',
    ago: (age: string) => `${age}前`,
    states: { fresh: '正常', stale: '过期', bad: '故障', none: '无读数' },
    answering: (good: number, of: number) => `${good} / ${of} 个测点正常`,
    why: { lost: '网关已报告丢失', refused: '被拒收', missing: '仍在网关、被拒收或原因不明' },
  },
  {
    title: 'Gateways and devices',
    hint: 'what gateways say of themselves, the batches that are stored, and the last reading of each meter',
    online: 'online',
    offline: 'offline',
    unheard: 'nothing heard',
    since: (when) => `since ${when}`,
    stored: 'Batches stored',
    newest: 'Newest stored reading',
    gaps: 'Missing batches',
    losses: 'Losses told',
    readings: (count) => `${count} readings`,
    none: 'none',
    connection: 'Connection',
    last: 'Last reading',
    state: 'State',
    ago: (age) => `${age} ago`,
    states: { fresh: 'OK', stale: 'stale', bad: 'faulty', none: 'no readings' },
    answering: (good, of) => `${good} of ${of} points OK`,
    why: { lost: 'the gateway lost them', refused: 'refused', missing: 'still at the gateway, refused, or unknown' },
  },
);

export function GatewaysScreen() {
  return (
    <section class="gateways">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Answered<Health> path="api/gateways">
        {({ gateways }) => (
          <>
            {gateways.map((gateway) => (
              <Gateway key={gateway.id} gateway={gateway} />
            ))}
          </>
        )}
      </Answered>
    </section>
  );
}

function Gateway({ gateway }: { gateway: GatewayHealth }) {
  const { id, state, connections, newest, batches, missing, lostReadings, gaps } = gateway;
  const said = state === null ? 'unheard' : state.state;
  return (
    <section data-gateway={id}>
      <h2 class="group gateway">
        {id}{' '}
        <span class={said === 'online' ? 'met' : said === 'offline' ? 'not_met' : 'unknown'}>
          ● {words.value[said]}
        </span>
        {/* A broker says offline in words of the time when the gateway came up: since when it is gone, nobody knows. */}
        {state?.state === 'online' && <small>{words.value.since(momentOf(state.at))}</small>}
      </h2>
      <dl class="figures small-figures">
        <Fact name={words.value.stored} value={number(batches)} />
        <Fact name={words.value.newest} value={newest === null ? '—' : momentOf(newest)} />
        <Fact name={words.value.gaps} value={missing === 0 ? words.value.none : number(missing)} wrong={missing > 0} />
        <Fact
          name={words.value.losses}
          value={lostReadings === 0 ? words.value.none : words.value.readings(number(lostReadings))}
          wrong={lostReadings > 0}
        />
      </dl>
      {gaps.length > 0 && (
        <ul class="trouble">
          {gaps.map(({ epoch, batches: range, why, after, before }) => (
            <li key={`${epoch}/${range[0]}`}>
              <b>{range.join('–')}</b>
              <span>{words.value.why[why]}</span>
              <span>
                {after === null ? '…' : momentOf(after)} – {before === null ? '…' : momentOf(before)}
              </span>
            </li>
          ))}
        </ul>
      )}
      <section class="scroll" tabIndex={0} aria-label={id}>
        <table>
          <thead>
            <tr>
              <th>{say.value.meter}</th>
              <th>{words.value.state}</th>
              <th>{words.value.last}</th>
              <th>{words.value.connection}</th>
            </tr>
          </thead>
          <tbody>
            {connections.flatMap(({ id: connection, protocol, endpoint, meters }) =>
              meters.map((meter) => (
                <Meter key={meter} id={meter} connection={`${connection} · ${protocol} · ${endpoint}`} />
              )),
            )}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Fact({ name, value, wrong = false }: { name: string; value: string; wrong?: boolean }) {
  return (
    <div class={wrong ? 'unknown' : ''}>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
      </dd>
    </div>
  );
}

type Shown = {
  state: 'fresh' | 'stale' | 'bad' | 'none';
  newest: number | null;
  good: number;
  of: number;
  reason: string;
};

function stateOf(readings: [PointId, LiveReading][], meter: SiteMeter | undefined): Shown {
  const now = (frame.value?.now ?? 0) + silence.value;
  const newest = readings.length === 0 ? null : Math.max(...readings.map(([, { time }]) => time));
  const bad = readings.filter(([, { quality }]) => levelOf(quality) === 'bad');
  const reasons = [...new Set(bad.map(([, { quality }]) => text(qualityText(qualityOf(quality) ?? 'bad_decode'))))];
  const state =
    newest === null
      ? 'none'
      : bad.length === readings.length
        ? 'bad'
        : now - newest > (meter?.staleAfter ?? 0)
          ? 'stale'
          : 'fresh';
  const of = `${bad
    .map(([point]) => text(points[point].name))
    .slice(0, 3)
    .join(', ')}`;
  const reason = bad.length === 0 ? '' : `${reasons.join(' · ')}${bad.length < readings.length ? `: ${of}` : ''}`;
  return { state, newest, good: readings.length - bad.length, of: readings.length, reason };
}

function Meter({ id, connection }: { id: string; connection: string }) {
  const meter = site.value?.meters.find((one) => one.id === id);
  const readings = Object.entries(frame.value?.meters[id] ?? {}) as [PointId, LiveReading][];
  const { state, newest, good, of, reason } = stateOf(readings, meter);
  const now = (frame.value?.now ?? 0) + silence.value;
  return (
    <tr data-device={id} data-state={state} class={state === 'fresh' ? 'met' : state === 'bad' ? 'not_met' : 'unknown'}>
      <td>
        <Link to={{ view: 'load', meter: id, range: 'today' }}>{meter === undefined ? id : text(meter.name)}</Link>
      </td>
      <td>
        <span class="state">● {words.value.states[state]}</span>{' '}
        <small>{reason === '' ? words.value.answering(good, of) : reason}</small>
      </td>
      <td>{newest === null ? '—' : words.value.ago(age(Math.max(0, now - newest)))}</td>
      <td>
        <code>{connection}</code>
      </td>
    </tr>
  );
}
