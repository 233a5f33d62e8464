// Owns the head of the page: which plant, whether the picture is live, language and theme.
import { text } from '../format.ts';
import { language, say, silence, site, theme } from '../state.ts';

const lateAfter = 3_000;
const goneAfter = 10_000;

function LivePill() {
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

export function Head() {
  const words = say.value;
  return (
    <header>
      <h1>
        <span class="brand">{words.title}</span>
        <span class="plant">{site.value === null ? '' : text(site.value.name)}</span>
      </h1>
      <div class="controls">
        <LivePill />
        <button
          type="button"
          onClick={() => {
            language.value = language.value === 'zh' ? 'en' : 'zh';
          }}
        >
          {words.language}
        </button>
        <button
          type="button"
          onClick={() => {
            theme.value = theme.value === 'dark' ? 'light' : 'dark';
          }}
        >
          {theme.value === 'dark' ? words.light : words.dark}
        </button>
      </div>
    </header>
  );
}
