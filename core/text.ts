// Owns text in the two languages of the product, and which of them a person reads.
export type Text = { readonly zh: string; readonly en: string };
export type Language = keyof Text;

export const languages: readonly Language[] = ['zh', 'en'];

/** The terminal's language; Chinese plants often run a C locale, so TANBIAO_LANG decides over it. */
export function languageOf(environment: Record<string, string | undefined>): Language {
  const locale = environment.TANBIAO_LANG ?? environment.LC_ALL ?? environment.LC_MESSAGES ?? environment.LANG ?? '';
  return locale.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}
