// Owns the frame of the page: head, way between the screens, the screen that is chosen, and the trace over it.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { kiosk } from './kiosk.ts';
import { Head } from './parts/head.tsx';
import { Nav } from './parts/nav.tsx';
import { RangePicker } from './parts/range-picker.tsx';
import { SignIn } from './parts/sign-in.tsx';
import { TraceDrawer } from './parts/trace-drawer.tsx';
import { WallHead } from './parts/wall-head.tsx';
import { NowScreen } from './screens/now.tsx';
import { session } from './session.ts';
import { failure, ranged, type Screen, screen } from './state.ts';
import { say } from './words.ts';

type Shown = () => preact.JSX.Element;

/** The first screen comes with the page; each other one when it is first wanted. */
const parts: Record<Exclude<Screen, 'now'>, () => Promise<Shown>> = {
  flow: async () => (await import('./screens/flow.tsx')).FlowScreen,
  workshops: async () => (await import('./screens/workshops.tsx')).WorkshopsScreen,
  load: async () => (await import('./screens/load.tsx')).LoadScreen,
  tariff: async () => (await import('./screens/tariff.tsx')).TariffScreen,
  carbon: async () => (await import('./screens/carbon.tsx')).CarbonScreen,
  score: async () => (await import('./screens/score.tsx')).ScoreScreen,
  snapshots: async () => (await import('./screens/snapshots.tsx')).SnapshotsScreen,
  reports: async () => (await import('./screens/reports.tsx')).ReportsScreen,
  quality: async () => (await import('./screens/quality.tsx')).QualityScreen,
  gateways: async () => (await import('./screens/gateways.tsx')).GatewaysScreen,
  alarms: async () => (await import('./screens/alarms.tsx')).AlarmsScreen,
  users: async () => (await import('./screens/users.tsx')).UsersScreen,
  ledger: async () => (await import('./screens/ledger.tsx')).LedgerScreen,
  evidence: async () => (await import('./screens/evidence.tsx')).EvidenceScreen,
  factors: async () => (await import('./screens/factors.tsx')).FactorsScreen,
};
const fetched = signal<Partial<Record<Screen, Shown>>>({ now: NowScreen });

function ChosenScreen() {
  const one = screen.value;
  const [error, tell] = useState<string | null>(null);
  useEffect(() => {
    tell(null);
    if (one === 'now' || fetched.peek()[one] !== undefined) return;
    parts[one]().then(
      (found) => {
        fetched.value = { ...fetched.peek(), [one]: found };
      },
      (reason: Error) => tell(reason.message),
    );
  }, [one]);
  const Found = fetched.value[one];
  if (Found !== undefined) return <Found />;
  if (error === null)
    return (
      <p class="empty" aria-busy="true">
        {say.value.loading}
      </p>
    );
  // The server may have been updated since this page was loaded: its parts have other names now.
  return (
    <p class="failure" role="alert">
      {say.value.failed}: {error}{' '}
      <button type="button" onClick={() => location.reload()}>
        {say.value.retry}
      </button>
    </p>
  );
}

/** Figures of these open down to their readings. */
const traced: readonly Screen[] = ['score', 'carbon'];

export function App() {
  // Who may not read yet sees the way in, wherever the address leads.
  const isClosed = session.value?.readable === false;
  const isWall = kiosk.value && !isClosed;
  return (
    <>
      <a class="skip" href="#content">
        {say.value.skip}
      </a>
      {isWall ? <WallHead /> : <Head />}
      {isWall ? null : isClosed ? <nav class="nav" /> : <Nav />}
      <main id="content" tabIndex={-1}>
        {failure.value !== null && (
          <p class="failure" role="alert">
            {say.value.failed}: {failure.value}
          </p>
        )}
        {!isClosed && !isWall && ranged.includes(screen.value) && <RangePicker />}
        {isClosed ? <SignIn /> : <ChosenScreen />}
      </main>
      {!isClosed && traced.includes(screen.value) && <TraceDrawer />}
    </>
  );
}
