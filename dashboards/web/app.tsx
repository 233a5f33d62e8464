// Owns the frame of the page: head, way between the screens, the screen that is chosen, and the trace over it.
import { Head } from './parts/head.tsx';
import { Nav } from './parts/nav.tsx';
import { RangePicker } from './parts/range-picker.tsx';
import { TraceDrawer } from './parts/trace-drawer.tsx';
import { FlowScreen } from './screens/flow.tsx';
import { GatewaysScreen } from './screens/gateways.tsx';
import { LoadScreen } from './screens/load.tsx';
import { NowScreen } from './screens/now.tsx';
import { QualityScreen } from './screens/quality.tsx';
import { ReportsScreen } from './screens/reports.tsx';
import { ScoreScreen } from './screens/score.tsx';
import { SnapshotsScreen } from './screens/snapshots.tsx';
import { WorkshopsScreen } from './screens/workshops.tsx';
import { failure, type Screen, screen } from './state.ts';
import { say } from './words.ts';

const shown: Record<Screen, () => preact.JSX.Element> = {
  now: NowScreen,
  flow: FlowScreen,
  workshops: WorkshopsScreen,
  load: LoadScreen,
  score: ScoreScreen,
  snapshots: SnapshotsScreen,
  reports: ReportsScreen,
  quality: QualityScreen,
  gateways: GatewaysScreen,
};

/** What these show lies in the range that the reader chose; the others have a time of their own. */
const ranged: readonly Screen[] = ['flow', 'workshops', 'load', 'quality'];

export function App() {
  const Shown = shown[screen.value];
  return (
    <>
      <a class="skip" href="#content">
        {say.value.skip}
      </a>
      <Head />
      <Nav />
      <main id="content" tabIndex={-1}>
        {failure.value !== null && (
          <p class="failure" role="alert">
            {say.value.failed}: {failure.value}
          </p>
        )}
        {ranged.includes(screen.value) && <RangePicker />}
        <Shown />
      </main>
      {screen.value === 'score' && <TraceDrawer />}
    </>
  );
}
