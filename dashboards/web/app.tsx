// Owns the frame of the page: head, way between the screens, the screen that is chosen, and the trace over it.
import { Head } from './parts/head.tsx';
import { Nav } from './parts/nav.tsx';
import { RangePicker } from './parts/range-picker.tsx';
import { SignIn } from './parts/sign-in.tsx';
import { TraceDrawer } from './parts/trace-drawer.tsx';
import { AlarmsScreen } from './screens/alarms.tsx';
import { CarbonScreen } from './screens/carbon.tsx';
import { EvidenceScreen } from './screens/evidence.tsx';
import { FactorsScreen } from './screens/factors.tsx';
import { FlowScreen } from './screens/flow.tsx';
import { GatewaysScreen } from './screens/gateways.tsx';
import { LedgerScreen } from './screens/ledger.tsx';
import { LoadScreen } from './screens/load.tsx';
import { NowScreen } from './screens/now.tsx';
import { QualityScreen } from './screens/quality.tsx';
import { ReportsScreen } from './screens/reports.tsx';
import { ScoreScreen } from './screens/score.tsx';
import { SnapshotsScreen } from './screens/snapshots.tsx';
import { TariffScreen } from './screens/tariff.tsx';
import { UsersScreen } from './screens/users.tsx';
import { WorkshopsScreen } from './screens/workshops.tsx';
import { session } from './session.ts';
import { failure, type Screen, screen } from './state.ts';
import { say } from './words.ts';

const shown: Record<Screen, () => preact.JSX.Element> = {
  now: NowScreen,
  flow: FlowScreen,
  workshops: WorkshopsScreen,
  load: LoadScreen,
  tariff: TariffScreen,
  carbon: CarbonScreen,
  score: ScoreScreen,
  snapshots: SnapshotsScreen,
  reports: ReportsScreen,
  quality: QualityScreen,
  gateways: GatewaysScreen,
  alarms: AlarmsScreen,
  users: UsersScreen,
  ledger: LedgerScreen,
  evidence: EvidenceScreen,
  factors: FactorsScreen,
};

/** What these show lies in the range that the reader chose; the others have a time of their own. */
const ranged: readonly Screen[] = ['flow', 'workshops', 'load', 'tariff', 'quality'];

/** Figures of these open down to their readings. */
const traced: readonly Screen[] = ['score', 'carbon'];

export function App() {
  // Who may not read yet sees the way in, wherever the address leads.
  const isClosed = session.value?.readable === false;
  const Shown = isClosed ? SignIn : shown[screen.value];
  return (
    <>
      <a class="skip" href="#content">
        {say.value.skip}
      </a>
      <Head />
      {isClosed ? <nav class="nav" /> : <Nav />}
      <main id="content" tabIndex={-1}>
        {failure.value !== null && (
          <p class="failure" role="alert">
            {say.value.failed}: {failure.value}
          </p>
        )}
        {!isClosed && ranged.includes(screen.value) && <RangePicker />}
        <Shown />
      </main>
      {!isClosed && traced.includes(screen.value) && <TraceDrawer />}
    </>
  );
}
