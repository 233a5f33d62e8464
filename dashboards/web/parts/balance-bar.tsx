// Owns today's energy in one bar: what came in above, where it went below, both as long as the day's energy.
import type { Flow } from '../../../scoring/today.ts';
import { energy, hourOf, percent, text } from '../format.ts';
import { today } from '../state.ts';
import { say, worded } from '../words.ts';
import { isWrong } from './sankey-layout.ts';

const words = worded(
  {
    today: '今日电量流向',
    hint: (time: string) => `零点至 ${time}，按 15 分钟电表差值`,
    sources: '来源',
    uses: '去向',
    negative: '分表之和大于总表：请核对变比、接线与 parent',
  },
  {
    today: "Today's electricity",
    hint: (time) => `from midnight to ${time}, from 15-minute meter differences`,
    sources: 'from',
    uses: 'to',
    negative: 'the meters below show more than the main one: check ratios, wiring and parent',
  },
);

const colourOf: Record<string, string> = { grid: 'grid', generation: 'sun', export: 'export', unmetered: 'unmetered' };

export function BalanceBar() {
  const flow = today.value;
  return (
    <section class="balance">
      <h2 class="group">
        {words.value.today} <small>{flow === null ? '' : words.value.hint(hourOf(flow.period.end))}</small>
      </h2>
      {flow === null ? (
        <p class="empty">{say.value.loading}</p>
      ) : (
        <>
          <Row label={words.value.sources} flows={flow.sources} />
          <Row label={words.value.uses} flows={flow.uses} />
        </>
      )}
    </section>
  );
}

function Row({ label, flows }: { label: string; flows: readonly Flow[] }) {
  const total = flows.reduce((sum, { kWh }) => sum + Math.max(0, kWh ?? 0), 0);
  let feeder = 0;
  const coloured = flows.map((flow) => ({ ...flow, colour: colourOf[flow.id] ?? `feeder-${feeder++}` }));
  return (
    <div class="row">
      <h3>{label}</h3>
      <div class="bar" aria-hidden="true">
        {coloured.map(({ id, kWh, colour }) => (
          <span
            key={id}
            class={`part ${colour}`}
            style={{ flexGrow: total === 0 ? 0 : Math.max(0, kWh ?? 0) / total }}
          />
        ))}
      </div>
      <ul>
        {coloured.map(({ id, name, kWh, coverage, colour }) => (
          <li key={id} class={kWh === null ? 'missing' : ''}>
            <i class={colour} />
            <span class="name">{text(name)}</span>
            <b>{kWh === null ? say.value.missing : energy(kWh)}</b>
            {kWh !== null && coverage < 0.97 && (
              <em>
                {say.value.coverage} {percent(coverage, 0)}
              </em>
            )}
            {id === 'unmetered' && isWrong(kWh, total) && <em>{words.value.negative}</em>}
          </li>
        ))}
      </ul>
    </div>
  );
}
