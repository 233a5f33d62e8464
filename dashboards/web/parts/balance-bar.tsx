// Owns today's energy in one bar: what came in above, where it went below, both as long as the day's energy.
import type { Flow } from '../../../scoring/today.ts';
import { energy, percent, text } from '../format.ts';
import { say, today } from '../state.ts';

const colourOf: Record<string, string> = { grid: 'grid', generation: 'sun', export: 'export', unmetered: 'unmetered' };

export function BalanceBar() {
  const words = say.value;
  const flow = today.value;
  return (
    <section class="panel balance">
      <h2>
        {words.today} <small>{words.todayHint}</small>
      </h2>
      {flow === null ? (
        <p class="empty">{words.loading}</p>
      ) : (
        <>
          <Row label={words.sources} flows={flow.sources} />
          <Row label={words.uses} flows={flow.uses} />
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
          </li>
        ))}
      </ul>
    </div>
  );
}
