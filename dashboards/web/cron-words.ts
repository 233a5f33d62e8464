// Owns the times of planned reports as a person says them: the common forms of cron's five fields, and null for any other.

const weekdays = {
  zh: ['日', '一', '二', '三', '四', '五', '六', '日'],
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
} as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function cronWords(at: string, language: 'zh' | 'en'): string | null {
  const fields = at.trim().split(/\s+/);
  const [minute = '', hour = '', date = '', month = '', weekday = ''] = fields;
  if (fields.length !== 5 || !/^\d+ \d+( (\d+|\*)){3}$/.test(fields.join(' '))) return null;
  const zh = language === 'zh';
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (weekday !== '*') {
    const name = weekdays[language][Number(weekday)];
    if (date !== '*' || month !== '*' || name === undefined) return null;
    return zh ? `每周${name} ${time}` : `every ${name} ${time}`;
  }
  if (date === '*') return month !== '*' ? null : zh ? `每日 ${time}` : `every day ${time}`;
  if (month === '*') return zh ? `每月 ${date} 日 ${time}` : `monthly on day ${date}, ${time}`;
  const name = months[Number(month) - 1];
  if (name === undefined) return null;
  return zh ? `每年 ${month} 月 ${date} 日 ${time}` : `every year on ${date} ${name}, ${time}`;
}
