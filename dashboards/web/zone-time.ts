// Owns how a moment is written by the clock of a time zone: one format for each zone, language and set of fields.

/** A format costs more to make than a thousand uses of it. */
const formats = new Map<string, Intl.DateTimeFormat>();

export function writtenIn(
  timeZone: string,
  language: string,
  options: Intl.DateTimeFormatOptions,
  time: number,
): string {
  const name = `${language} ${timeZone} ${JSON.stringify(options)}`;
  const format = formats.get(name) ?? new Intl.DateTimeFormat(language, { timeZone, ...options });
  formats.set(name, format);
  return format.format(time);
}

/** 14:05:09 in every language. */
export const clockOptions: Intl.DateTimeFormatOptions = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
};
