// Owns changes that the page asks for: each carries what shows that this page asked, and what was answered before is asked anew.
import { forgetAll, get, language } from './state.ts';

async function change<T>(path: string, type: string, body: BodyInit): Promise<T> {
  const { csrf } = await get<{ csrf?: string | null }>('api/session');
  const response = await fetch(path, {
    method: 'POST',
    headers: {
      'Accept-Language': language.peek(),
      'Content-Type': type,
      ...(csrf ? { 'x-tanbiao-csrf': csrf } : {}),
    },
    body,
  });
  const answer = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  return answer;
}

/** Asks only what would be: nothing changes. */
export const tryOut = <T>(path: string, body: unknown): Promise<T> =>
  change<T>(path, 'application/json', JSON.stringify(body));

export async function send<T>(path: string, body: unknown): Promise<T> {
  const answer = await tryOut<T>(path, body);
  forgetAll();
  return answer;
}

export async function sendFile<T>(path: string, file: Blob): Promise<T> {
  const answer = await change<T>(path, 'application/octet-stream', file);
  forgetAll();
  return answer;
}
