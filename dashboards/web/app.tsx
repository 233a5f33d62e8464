// Owns the frame of the page: head, way between the screens, the screen that is chosen, and the trace over it.
import { Head } from './parts/head.tsx';
import { Nav } from './parts/nav.tsx';
import { TraceDrawer } from './parts/trace-drawer.tsx';
import { NowScreen } from './screens/now.tsx';
import { ScoreScreen } from './screens/score.tsx';
import { failure, type Screen, screen } from './state.ts';
import { say } from './words.ts';

const shown: Record<Screen, () => preact.JSX.Element> = {
  now: NowScreen,
  score: ScoreScreen,
};

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
        <Shown />
      </main>
      {screen.value === 'score' && <TraceDrawer />}
    </>
  );
}
