// Owns the head of the page: which plant, whether the picture is live, language and theme.
import { go } from '../address.ts';
import { text } from '../format.ts';
import { session, signOut } from '../session.ts';
import { language, silence, site, theme } from '../state.ts';
import { say } from '../words.ts';
import { Bell } from './bell.tsx';
import { Link } from './link.tsx';

const lateAfter = 3_000;
export const goneAfter = 10_000;

export function LivePill() {
  const words = say.value;
  const quiet = silence.value;
  const state = quiet < lateAfter ? 'live' : quiet < goneAfter ? 'stale' : 'offline';
  const label = state === 'live' ? words.live : `${words[state]} · ${words.updated(Math.round(quiet / 1_000))}`;
  return (
    <span class={`pill ${state}`} role="status">
      {label}
    </span>
  );
}

function Who() {
  const words = say.value;
  const user = session.value?.user;
  if (session.value === null) return null;
  if (user === null || user === undefined)
    return (
      <Link to={{ view: 'users' }} class="who">
        {words.signIn}
      </Link>
    );
  return (
    <>
      <Link to={{ view: 'users' }} class="who" data-signed-in={user.name}>
        {user.name}
      </Link>
      <button type="button" class="quiet" onClick={() => void signOut()}>
        {words.signOut}
      </button>
    </>
  );
}

export function Head() {
  const words = say.value;
  return (
    <header class="head">
      <p class="plant">
        <span class="brand">{words.title}</span>
        <span>{site.value === null ? '' : text(site.value.name)}</span>
      </p>
      <div class="controls">
        {session.value?.readable !== false && <LivePill />}
        {session.value?.readable !== false && <Bell />}
        <Who />
        <button
          type="button"
          class="quiet"
          onClick={() => go({ lang: language.value === 'zh' ? 'en' : 'zh' }, 'replace')}
        >
          {words.language}
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => go({ theme: theme.value === 'dark' ? 'light' : 'dark' }, 'replace')}
        >
          {theme.value === 'dark' ? words.light : words.dark}
        </button>
      </div>
    </header>
  );
}
